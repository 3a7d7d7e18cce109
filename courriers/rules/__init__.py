"""Règles de la boîte d'envoi : états, rythme des essais, ce que disent un refus et un retour."""

from courriers.rules.etats import (
    ATTENTE_MAXIMALE,
    ESSAIS_MAXIMAUX,
    LIBELLES,
    SUITES,
    EtatCourriel,
    premier_essai,
    prochain_essai,
)
from courriers.rules.refus import Cause, Raison, dire_le_refus
from courriers.rules.retours import Retour, lire_le_retour

__all__ = [
    "ATTENTE_MAXIMALE",
    "ESSAIS_MAXIMAUX",
    "LIBELLES",
    "SUITES",
    "Cause",
    "EtatCourriel",
    "Raison",
    "Retour",
    "dire_le_refus",
    "lire_le_retour",
    "premier_essai",
    "prochain_essai",
]
