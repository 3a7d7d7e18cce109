"""Quand et où se tient l'entretien d'une candidature, dit par l'étage qui le sait.

Les candidatures n'importent pas les entretiens : l'étage du dessus déclare sa lecture dans son
`AppConfig.ready()`, par `declarer(lire)`. L'heure reste ainsi écrite à un seul endroit.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class EntretienFixe:
    """Un entretien en vigueur : prévu, tenu ou manqué."""

    debut: datetime
    fin: datetime
    lieu: str = ""


Lecture = Callable[[Collection[int]], Mapping[int, EntretienFixe]]
_lectures: list[Lecture] = []


def declarer(lecture: Lecture) -> None:
    """Déclare la lecture : des clés de candidatures aux entretiens fixés, en une requête. La dernière l'emporte."""
    _lectures[:] = [lecture]


def entretiens_fixes(candidatures: Collection[int]) -> Mapping[int, EntretienFixe]:
    """Entretien en vigueur de chaque candidature qui en a un, par clé."""
    return _lectures[0](candidatures) if _lectures and candidatures else {}


def entretien_fixe(candidature: int) -> EntretienFixe | None:
    return entretiens_fixes([candidature]).get(candidature)
