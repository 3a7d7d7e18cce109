"""Où un élève est pris, et ce qui empêche de le placer à une heure (R23, R25b)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from referentiel.rules.dates import dire_instant

INDISPONIBLE = "Cet élève n’est pas disponible à cette heure."


@dataclass(frozen=True, slots=True)
class Occupation:
    """Un moment où un élève est pris, et l'endroit où il l'est."""

    debut: datetime
    fin: datetime
    etablissement: int
    lieu: str


def se_genent(un: Occupation, autre: Occupation, *, marge: timedelta) -> bool:
    """Vrai si un élève ne peut pas tenir les deux ; `marge` compte entre deux lieux différents (R23)."""
    ecart = timedelta(0) if (un.etablissement, un.lieu) == (autre.etablissement, autre.lieu) else marge
    return un.debut < autre.fin + ecart and autre.debut < un.fin + ecart


def pourquoi_pas_a_cette_heure(voulue: Occupation, prises: Iterable[Occupation], *, marge: timedelta) -> str | None:
    """Raison pour laquelle un élève ne peut pas être placé, ou `None`.

    Un établissement n'apprend rien de ce qu'un autre a planifié (R25b) ; chez lui, l'heure est dite.
    """
    genante = next((prise for prise in prises if se_genent(voulue, prise, marge=marge)), None)
    if genante is None:
        return None
    if genante.etablissement != voulue.etablissement:
        return INDISPONIBLE
    return f"Cet élève a déjà un entretien chez vous le {dire_instant(genante.debut, annee=False)}."
