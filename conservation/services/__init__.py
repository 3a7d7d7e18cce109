"""Avertir, reporter, anonymiser une campagne, répondre à un élève (R40, F11)."""

from conservation.services.anonymisations import anonymiser_une_campagne, compter, faire_ce_qui_est_du
from conservation.services.echeances import avertir, reporter

__all__ = [
    "anonymiser_une_campagne",
    "avertir",
    "compter",
    "faire_ce_qui_est_du",
    "reporter",
]
