"""Le jour où une campagne close est anonymisée (R40)."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

PREAVIS = 30
RAPPEL = 7


@dataclass(frozen=True, slots=True)
class Echeance:
    """Le terme de la conservation, et le jour où l'anonymisation se fera vraiment.

    `terme` : fin de la durée réglée, ou dernier jour d'un report. `averti_le` : premier avertissement de ce terme au
    SAIO. Rien n'est anonymisé sans trente jours d'avertissement, même quand le terme est déjà passé.
    """

    terme: date
    averti_le: date | None = None

    def prevue_le(self, jour: date) -> date:
        """Jour de l'anonymisation, vu du jour `jour`."""
        return max(self.terme, (self.averti_le or jour) + timedelta(days=PREAVIS))

    def est_due(self, jour: date) -> bool:
        return self.averti_le is not None and jour >= self.prevue_le(jour)

    def est_a_annoncer(self, jour: date) -> bool:
        """Vrai dès trente jours avant le terme, tant que le SAIO n'a pas été averti."""
        return self.averti_le is None and jour >= self.terme - timedelta(days=PREAVIS)

    def est_a_rappeler(self, jour: date) -> bool:
        """Vrai dans les sept derniers jours."""
        return self.averti_le is not None and jour >= self.prevue_le(jour) - timedelta(days=RAPPEL)


def echeance_de(close_le: date, mois: int, reports: Iterable[date], averti_le: date | None = None) -> Echeance:
    """Échéance d'une campagne close le jour `close_le` et gardée `mois` mois, ou plus longtemps si un report le dit."""
    return Echeance(max([ajouter_des_mois(close_le, mois), *reports]), averti_le)


def ajouter_des_mois(jour: date, mois: int) -> date:
    """Même quantième `mois` mois plus tard ; le dernier jour du mois s'il est plus court."""
    annee, rang = divmod(jour.month - 1 + mois, 12)
    annee += jour.year
    return jour.replace(year=annee, month=rang + 1, day=min(jour.day, monthrange(annee, rang + 1)[1]))
