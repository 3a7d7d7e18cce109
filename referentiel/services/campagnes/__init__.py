"""Préparer, garnir, ouvrir et clore une campagne ; accorder une dérogation (R1 à R7)."""

from referentiel.services.campagnes.catalogue import (
    garnir_le_catalogue,
    reprendre_le_catalogue,
    verifier_les_accueils,
    verifier_les_formations,
)
from referentiel.services.campagnes.derogations import accorder_une_derogation, pourquoi_pas_cette_derogation
from referentiel.services.campagnes.ouverture import clore_la_campagne, defauts_d_ouverture, ouvrir_la_campagne
from referentiel.services.campagnes.preparation import creer_campagne, dupliquer_la_campagne, effacer_la_preparation

__all__ = [
    "accorder_une_derogation",
    "clore_la_campagne",
    "creer_campagne",
    "defauts_d_ouverture",
    "dupliquer_la_campagne",
    "effacer_la_preparation",
    "garnir_le_catalogue",
    "ouvrir_la_campagne",
    "pourquoi_pas_cette_derogation",
    "reprendre_le_catalogue",
    "verifier_les_accueils",
    "verifier_les_formations",
]
