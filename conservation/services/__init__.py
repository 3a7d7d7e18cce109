"""Avertir, reporter, anonymiser une campagne, répondre à un élève (R40, F11)."""

from conservation.services.anonymisations import anonymiser_une_campagne, compter, faire_ce_qui_est_du
from conservation.services.echeances import avertir, reporter
from conservation.services.eleves import (
    effacer_un_eleve,
    finir_les_effacements,
    noter_la_remise,
    rectifier_un_eleve,
)

__all__ = [
    "anonymiser_une_campagne",
    "avertir",
    "compter",
    "effacer_un_eleve",
    "faire_ce_qui_est_du",
    "finir_les_effacements",
    "noter_la_remise",
    "rectifier_un_eleve",
    "reporter",
]
