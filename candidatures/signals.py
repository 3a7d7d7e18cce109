"""Ce que les candidatures annoncent aux étages du dessus, dans leur propre transaction."""

from django.dispatch import Signal

# Désistement, annulation, absence à replanifier ou changement d'établissement d'accueil : l'entretien ne tient plus.
# Arguments : candidature, par, le.
candidature_retiree = Signal()

# Un désistement est annulé : l'entretien reprend sa place, ou l'étage du dessus lève `Refus`.
# Arguments : candidature, par, le.
candidature_retablie = Signal()

# Un élève a changé d'établissement d'origine : ce qui lui est annoncé part désormais ailleurs.
# Arguments : eleve, par, le.
eleve_transfere = Signal()
