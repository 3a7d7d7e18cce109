"""Les places qui viennent d'un guichet, d'après ce qu'il dit d'une personne (R36, R38)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

COLLEGE = "Collège"


class Titre(StrEnum):
    """À quel titre le guichet donne une place dans un établissement."""

    DIRECTION = "chef"
    DELEGATION = "gestionnaire"


@dataclass(frozen=True, slots=True)
class Cotes:
    origine: bool
    accueil: bool


def titres_par_uai(*, dirige: Iterable[str], delegue: Iterable[str]) -> dict[str, Titre]:
    """À quel titre la personne a sa place, par UAI : diriger passe avant une délégation."""
    return dict.fromkeys(delegue, Titre.DELEGATION) | dict.fromkeys(dirige, Titre.DIRECTION)


def cotes_d_un_etablissement(type_: str, *, recoit: bool, origine: bool, accueil: bool) -> Cotes:
    """Côtés où une place s'ouvre, quand le guichet ne les dit pas.

    Un collège inscrit, un lycée reçoit ; `recoit` dit qu'il a un accueil au catalogue, `origine` et `accueil` que son
    équipe y travaille déjà de ce côté.
    """
    est_un_college = type_ == COLLEGE
    return Cotes(origine=est_un_college or origine, accueil=not est_un_college or accueil or recoit)
