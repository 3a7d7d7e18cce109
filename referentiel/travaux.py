"""Les travaux longs : une application déclare ce qu'elle sait préparer, l'atelier le prépare hors de la page.

`declarer("fiches", preparer_les_fiches)` dans l'`AppConfig.ready()` de l'application ; la fabrique écrit le fichier
qu'on lui désigne, dit où elle en est par le `Suivi`, et rend la `Livraison`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from referentiel.models import Travail


class Suivi(Protocol):
    """Par où une fabrique dit où elle en est."""

    def avancer(self, de: int = 1) -> None:
        """`de` documents de plus sont faits."""

    def refuser(self, nom: str, raison: str) -> None:
        """Note ce qui n'a pas pu être préparé, sans arrêter le reste."""


@dataclass(frozen=True, slots=True)
class Livraison:
    """Le fichier préparé : son nom, son type MIME, son nombre de pages s'il en a."""

    nom: str
    type_mime: str
    pages: int = 0


Fabrique = Callable[[Travail, Path, Suivi], Livraison]
_fabriques: dict[str, Fabrique] = {}


def declarer(nature: str, fabrique: Fabrique) -> None:
    """Déclare ce qui prépare les travaux de `nature` ; la déclarer deux fois garde la dernière."""
    _fabriques[nature] = fabrique


def fabrique_de(nature: str) -> Fabrique:
    """Lève `KeyError` si rien n'a été déclaré pour `nature`."""
    return _fabriques[nature]
