"""Écritures sur le référentiel, et la seule réponse à « est-ce ouvert maintenant ? » (R4)."""

from referentiel.services.calendrier import exiger_periode, exiger_une_des_periodes, pourquoi_pas_maintenant
from referentiel.services.campagnes import (
    accorder_une_derogation,
    clore_la_campagne,
    creer_campagne,
    defauts_d_ouverture,
    dupliquer_la_campagne,
    garnir_le_catalogue,
    ouvrir_la_campagne,
    pourquoi_pas_cette_derogation,
)
from referentiel.services.contraintes import contraintes_dites
from referentiel.services.etablissements import Chargement, charger_etablissements, charger_les_academies

__all__ = [
    "Chargement",
    "accorder_une_derogation",
    "charger_etablissements",
    "charger_les_academies",
    "clore_la_campagne",
    "contraintes_dites",
    "creer_campagne",
    "defauts_d_ouverture",
    "dupliquer_la_campagne",
    "exiger_periode",
    "exiger_une_des_periodes",
    "garnir_le_catalogue",
    "ouvrir_la_campagne",
    "pourquoi_pas_cette_derogation",
    "pourquoi_pas_maintenant",
]
