"""Combien de tâches attendent à chaque espace : ce que seule une application du dessus sait compter (écran C2).

Elle le déclare dans son `AppConfig.ready()` : `compter_avec(taches_par_espace)`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

# Un espace : le côté (« origine », « accueil », « academie ») et la clé de l'établissement ou de l'académie.
Cle = tuple[str, int]
Compteur = Callable[[Any, datetime], Mapping[Cle, int]]
_compteurs: list[Compteur] = []


def compter_avec(compteur: Compteur) -> None:
    """Déclare qui compte ; le dernier déclaré remplace les autres."""
    _compteurs[:] = [compteur]


def taches_par_espace(perimetre: Any, le: datetime) -> Mapping[Cle, int]:
    """Nombre de tâches des espaces d'un périmètre ; un espace qui n'y est pas n'en a aucune."""
    return _compteurs[0](perimetre, le) if _compteurs else {}
