"""Importer les élèves d'un fichier : fichier, colonnes, vérification, résultat (R13, écran O3)."""

from candidatures.views.imports.depot import colonnes, fichier, modele
from candidatures.views.imports.suite import abandonner, annuler, resultat
from candidatures.views.imports.verifier import erreurs, verification

__all__ = [
    "abandonner",
    "annuler",
    "colonnes",
    "erreurs",
    "fichier",
    "modele",
    "resultat",
    "verification",
]
