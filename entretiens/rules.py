"""États d'un entretien, natures de convocation, découpage d'une séance en créneaux (R22 à R26b)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum


class EtatEntretien(StrEnum):
    PREVU = "prevu"
    TENU = "tenu"
    ABSENT = "absent"
    EXCUSE = "excuse"
    ANNULE = "annule"


LIBELLES_ETATS: dict[EtatEntretien, str] = {
    EtatEntretien.PREVU: "Prévu",
    EtatEntretien.TENU: "Présence",
    EtatEntretien.ABSENT: "Absence",
    EtatEntretien.EXCUSE: "À reporter",
    EtatEntretien.ANNULE: "Annulé",
}

SUITES: dict[EtatEntretien, frozenset[EtatEntretien]] = {
    EtatEntretien.PREVU: frozenset(
        {EtatEntretien.TENU, EtatEntretien.ABSENT, EtatEntretien.EXCUSE, EtatEntretien.ANNULE}
    ),
    EtatEntretien.TENU: frozenset({EtatEntretien.ABSENT, EtatEntretien.EXCUSE}),
    EtatEntretien.ABSENT: frozenset({EtatEntretien.TENU, EtatEntretien.EXCUSE}),
    EtatEntretien.EXCUSE: frozenset(),
    EtatEntretien.ANNULE: frozenset(),
}

# Ceux qui occupent une place et le temps de l'élève.
OCCUPENT = frozenset({EtatEntretien.PREVU, EtatEntretien.TENU, EtatEntretien.ABSENT})


class NatureConvocation(StrEnum):
    INITIALE = "initiale"
    MODIFICATION = "modification"
    ANNULATION = "annulation"


LIBELLES_NATURES: dict[NatureConvocation, str] = {
    NatureConvocation.INITIALE: "Convocation",
    NatureConvocation.MODIFICATION: "Convocation modifiée",
    NatureConvocation.ANNULATION: "Annulation",
}


def peut_passer(de: EtatEntretien, vers: EtatEntretien) -> bool:
    return vers in SUITES[de]


def decouper(
    debut: datetime,
    fin: datetime,
    *,
    duree: timedelta,
    battement: timedelta = timedelta(0),
    pause: tuple[datetime, datetime] | None = None,
) -> Iterator[tuple[datetime, datetime]]:
    """Créneaux successifs de `duree` entre `debut` et `fin`, séparés de `battement`, hors de la pause."""
    instant = debut
    while instant + duree <= fin:
        if pause and instant < pause[1] and instant + duree > pause[0]:
            instant = pause[1]
            continue
        yield instant, instant + duree
        instant += duree + battement
