"""La campagne d'une académie : calendrier, jeu de règles, dérogations, textes."""

from referentiel.models.campagnes.annonces import Annonce
from referentiel.models.campagnes.calendrier import Periode, Vacances
from referentiel.models.campagnes.campagne import Campagne
from referentiel.models.campagnes.derogations import Derogation
from referentiel.models.campagnes.rappels import MotARappeler
from referentiel.models.campagnes.regles import CaseDeMatrice, JeuDeRegles

__all__ = [
    "Annonce",
    "Campagne",
    "CaseDeMatrice",
    "Derogation",
    "JeuDeRegles",
    "MotARappeler",
    "Periode",
    "Vacances",
]
