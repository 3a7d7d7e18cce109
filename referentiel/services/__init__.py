"""Écritures sur le référentiel, et la seule réponse à « est-ce ouvert maintenant ? » (R4)."""

from referentiel.services.calendrier import (
    exiger_periode,
    exiger_une_des_periodes,
    ouverture,
    pourquoi_pas_maintenant,
    une_des_periodes,
)
from referentiel.services.campagnes import (
    accorder_une_derogation,
    clore_la_campagne,
    creer_campagne,
    defauts_d_ouverture,
    dupliquer_la_campagne,
    effacer_la_preparation,
    garnir_le_catalogue,
    ouvrir_la_campagne,
    pourquoi_pas_cette_derogation,
    reprendre_le_catalogue,
    verifier_les_accueils,
    verifier_les_formations,
)
from referentiel.services.contraintes import contraintes_dites
from referentiel.services.etablissements import Chargement, charger_etablissements, charger_les_academies
from referentiel.services.regards import ouvrir_un_regard
from referentiel.services.verrous import tenir_la_campagne

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
    "effacer_la_preparation",
    "exiger_periode",
    "exiger_une_des_periodes",
    "garnir_le_catalogue",
    "ouverture",
    "ouvrir_la_campagne",
    "ouvrir_un_regard",
    "pourquoi_pas_cette_derogation",
    "pourquoi_pas_maintenant",
    "reprendre_le_catalogue",
    "tenir_la_campagne",
    "une_des_periodes",
    "verifier_les_accueils",
    "verifier_les_formations",
]
