"""Un compte-rendu, du côté de l'établissement d'accueil : lire l'origine, écrire, transmettre (écran A12)."""

from avis.views.compte_rendu.pages import compte_rendu, la_candidature, trame

__all__ = [
    "compte_rendu",
    "la_candidature",
    "trame",
]
