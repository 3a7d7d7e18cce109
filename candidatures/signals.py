"""Ce que les candidatures annoncent aux étages du dessus, dans leur propre transaction."""

from django.dispatch import Signal

# Désistement, annulation ou changement d'établissement d'accueil : l'entretien ne tient plus.
# Arguments : candidature, par, le.
candidature_retiree = Signal()
