"""Où en est la conservation de chaque campagne (R40)."""

from dataclasses import dataclass
from datetime import date, datetime

from comptes.models import Trace
from conservation.models import Anonymisation, Avertissement, Report
from conservation.rules import Echeance, echeance_de
from referentiel.models import Academie, Campagne
from referentiel.rules.dates import fin_du_jour, jour_de


@dataclass(frozen=True, slots=True)
class Conservation:
    """Une campagne, l'instant de sa clôture (`None` : elle n'est pas close) et ce qui s'ensuit."""

    campagne: Campagne
    close_le: datetime | None
    echeance: Echeance | None
    reports: list[Report]
    anonymisation: Anonymisation | None

    @property
    def est_faite(self) -> bool:
        return self.anonymisation is not None and self.anonymisation.finie_le is not None

    def prevue_le(self, le: datetime) -> date | None:
        return self.echeance.prevue_le(jour_de(le)) if self.echeance else None


def conservation_de(campagne: Campagne) -> Conservation:
    """La conservation d'une campagne, d'après sa clôture, sa durée, ses reports et ses avertissements."""
    close_le = cloture_de(campagne)
    reports = list(campagne.reports.select_related("par"))
    return Conservation(
        campagne=campagne,
        close_le=close_le,
        echeance=_echeance(campagne, close_le, reports) if close_le else None,
        reports=reports,
        anonymisation=Anonymisation.objects.filter(campagne=campagne).first(),
    )


def conservations_de(academie: Academie) -> list[Conservation]:
    """Campagnes publiées de l'académie, la plus récente d'abord."""
    campagnes = Campagne.objects.filter(academie=academie).exclude(etat=Campagne.Etat.PREPARATION)
    return [conservation_de(campagne) for campagne in campagnes.avec_regles().order_by("-annee", "-pk")]


def cloture_de(campagne: Campagne) -> datetime | None:
    """Instant où la campagne a été close : l'historique le dit ; sinon, la fin de son calendrier."""
    if campagne.etat != Campagne.Etat.CLOSE:
        return None
    trace = Trace.objects.de(campagne).filter(fait="cloture").first()
    if trace:
        return trace.le
    return fin_du_jour(campagne.calendrier.dernier_jour() or date(campagne.annee, 12, 31))


def _echeance(campagne: Campagne, close_le: datetime, reports: list[Report]) -> Echeance:
    mois = campagne.regles.conservation
    jours = [report.jusqu_au for report in reports]
    terme = echeance_de(jour_de(close_le), mois, jours).terme
    averti = Avertissement.objects.filter(campagne=campagne, terme=terme).order_by("le").first()
    return Echeance(terme, jour_de(averti.le) if averti else None)
