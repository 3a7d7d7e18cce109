"""Ce que partagent les moments de la campagne inventée : le monde, le jour, le hasard."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from django.db.models import Model, QuerySet

from candidatures.models import Candidature, Eleve
from passpro.demonstration.decors import Vague
from passpro.demonstration.monde import Monde
from referentiel.models import Etablissement
from referentiel.rules.dates import a_paris
from referentiel.rules.jeu import Avis

PART_AVIS_FAVORABLE = {Avis.FAVORABLE: 55, Avis.ASSEZ_FAVORABLE: 32, Avis.RESERVE: 13}


@dataclass(slots=True)
class Deroulement:
    """La campagne prise au `jour` ; rien ne s'y fait après `maintenant`."""

    hasard: Random
    monde: Monde
    vagues: Sequence[tuple[Vague, int]]
    eleves: dict[Etablissement, list[Eleve]]
    jour: date
    maintenant: datetime
    dire: Callable[[str], None]

    def instant(self, jours: int, heure: int = 10, minute: int = 0) -> datetime:
        """Instant à l'heure de Paris, `jours` jours après aujourd'hui."""
        return a_paris(self.jour + timedelta(days=jours), time(heure, minute))

    def _candidatures(self) -> QuerySet[Candidature]:
        return Candidature.objects.filter(domaine__campagne=self.monde.campagne)

    def _tirer_pour(self, objet: Model) -> None:
        """Attache le hasard à l'objet : le monde est le même, quel que soit le processus qui s'en charge."""
        self.hasard = Random(f"{type(objet).__name__} {objet.pk}")  # noqa: S311 - un tirage à refaire

    def _tirer_un_avis(self, echelle: Iterable[str]) -> Avis:
        parts = {avis: part for avis, part in PART_AVIS_FAVORABLE.items() if avis in echelle}
        return self.hasard.choices(list(parts), weights=list(parts.values()))[0]
