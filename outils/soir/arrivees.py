"""Quand chacun arrive : un tirage qui ne dépend pas des réponses, et qui se refait."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Genre(StrEnum):
    """Ce qu'une arrivée vient faire."""

    LECTURE = "lecture"
    ENREGISTREMENT = "enregistrement"
    DOCUMENT = "document"


PARTS = {Genre.LECTURE: 60, Genre.ENREGISTREMENT: 30, Genre.DOCUMENT: 10}


@dataclass(frozen=True, slots=True)
class Arrivee:
    """`a` : secondes depuis le début ; `graine` : tire qui vient, et pour quelle page."""

    rang: int
    a: float
    genre: Genre
    graine: int


def arrivees(*, debit: float, duree: float, graine: int, parts: Mapping[Genre, int] = PARTS) -> Iterator[Arrivee]:
    """Des arrivées de Poisson, `debit` par seconde pendant `duree` secondes ; aucune n'attend une réponse."""
    hasard = Random(graine)  # noqa: S311 - un tirage qui doit pouvoir se refaire
    genres, poids = list(parts), list(parts.values())
    a = hasard.expovariate(debit)
    rang = 0
    while a < duree:
        yield Arrivee(rang, a, hasard.choices(genres, poids)[0], hasard.getrandbits(32))
        a += hasard.expovariate(debit)
        rang += 1
