"""Quand et où se tient l'entretien d'une candidature, dit par l'étage qui le sait.

Les candidatures n'importent pas les entretiens : l'étage du dessus déclare sa lecture dans son
`AppConfig.ready()`, par `declarer(lire)`. L'heure reste ainsi écrite à un seul endroit.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class EntretienFixe:
    """Un entretien en vigueur : prévu, tenu ou manqué."""

    debut: datetime
    fin: datetime
    lieu: str = ""


class Lecture(Protocol):
    """Des clés de candidatures aux entretiens fixés, en une requête ; `avec_lieu`, vrai s'il faut dire où."""

    def __call__(self, candidatures: Collection[int], *, avec_lieu: bool) -> Mapping[int, EntretienFixe]: ...


_lectures: list[Lecture] = []


def declarer(lecture: Lecture) -> None:
    """Déclare la lecture. La dernière l'emporte."""
    _lectures[:] = [lecture]


def entretiens_fixes(candidatures: Collection[int]) -> Mapping[int, EntretienFixe]:
    """Entretien en vigueur de chaque candidature qui en a un, par clé, sans son lieu."""
    return _lectures[0](candidatures, avec_lieu=False) if _lectures and candidatures else {}


def entretien_fixe(candidature: int) -> EntretienFixe | None:
    """Entretien en vigueur d'une candidature, et son lieu."""
    return _lectures[0]([candidature], avec_lieu=True).get(candidature) if _lectures else None
