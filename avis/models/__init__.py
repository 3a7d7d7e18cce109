"""Compte-rendu, avis d'accueil, fiche récapitulative, suite donnée dans Affelnet-Lycée, relances (R27 à R34)."""

from avis.models.affelnet import ExportAffelnet, SuiteAffelnet
from avis.models.comptes_rendus import (
    AvisAccueil,
    CompteRendu,
    CompteRenduQuerySet,
    avis_accueil_visibles,
    choix_des_etats,
)
from avis.models.fiches import Fiche
from avis.models.groupees import LigneGroupee, SaisieGroupee
from avis.models.relances import Relance

__all__ = [
    "AvisAccueil",
    "CompteRendu",
    "CompteRenduQuerySet",
    "ExportAffelnet",
    "Fiche",
    "LigneGroupee",
    "Relance",
    "SaisieGroupee",
    "SuiteAffelnet",
    "avis_accueil_visibles",
    "choix_des_etats",
]
