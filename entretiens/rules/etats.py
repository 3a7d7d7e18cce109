"""États d'un entretien et leurs suites, natures d'une convocation (R25, R26b)."""

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
    """Vrai si la table `SUITES` permet de passer de l'un à l'autre."""
    return vers in SUITES[de]
