"""Importer un fichier d'élèves : le déposer, choisir ses colonnes, l'appliquer d'un bloc, l'annuler (R13, écran O3)."""

from candidatures.services.imports.annulation import annuler_l_import, pourquoi_pas_annuler
from candidatures.services.imports.application import appliquer_l_import
from candidatures.services.imports.comparaison import plan_de_l_import
from candidatures.services.imports.depot import choisir_les_colonnes, deposer_des_cellules, deposer_un_fichier
from candidatures.services.imports.etapes import EXPIRE, GARDE_D_UN_BROUILLON, abandonner_l_import

__all__ = [
    "EXPIRE",
    "GARDE_D_UN_BROUILLON",
    "abandonner_l_import",
    "annuler_l_import",
    "appliquer_l_import",
    "choisir_les_colonnes",
    "deposer_des_cellules",
    "deposer_un_fichier",
    "plan_de_l_import",
    "pourquoi_pas_annuler",
]
