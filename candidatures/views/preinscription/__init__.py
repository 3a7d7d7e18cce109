"""Pré-inscrire sans compte, étape par étape (R21, écran P8)."""

from candidatures.views.preinscription.dossier import eleve, formations
from candidatures.views.preinscription.entree import etablissement, introduction
from candidatures.views.preinscription.envoi import autre, envoyee, recapitulatif, recapituler
from candidatures.views.preinscription.saisie_des_avis import avis
from candidatures.views.preinscription.verification import verification

__all__ = [
    "autre",
    "avis",
    "eleve",
    "envoyee",
    "etablissement",
    "formations",
    "introduction",
    "recapitulatif",
    "recapituler",
    "verification",
]
