"""Ce que garde l'application des courriers : la boîte d'envoi, les documents rendus."""

from courriers.models.boite import (
    LIEN_D_ACCES,
    NATURES_D_ACCES,
    NATURES_D_UN_JOUR,
    NATURES_SANS_COPIE,
    Courriel,
    CourrielQuerySet,
    Etape,
    choix_des_etapes,
    choix_des_etats,
)
from courriers.models.documents import Document

__all__ = [
    "LIEN_D_ACCES",
    "NATURES_D_ACCES",
    "NATURES_D_UN_JOUR",
    "NATURES_SANS_COPIE",
    "Courriel",
    "CourrielQuerySet",
    "Document",
    "Etape",
    "choix_des_etapes",
    "choix_des_etats",
]
