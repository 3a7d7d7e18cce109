"""Avertir le SAIO du terme d'une campagne, et le reporter avec un motif (R40)."""

from datetime import date, datetime

from django.db import transaction

from comptes.models import Personne
from comptes.services import consigner
from conservation.emails import annoncer_le_terme
from conservation.lectures import Conservation, conservation_de
from conservation.models import Anonymisation, Avertissement, Report
from referentiel.models import Campagne
from referentiel.rules.dates import INSECABLE, dire_jour, jour_de
from referentiel.rules.refus import Refus


@transaction.atomic
def reporter(*, campagne: Campagne, jusqu_au: date, motif: str, par: Personne, le: datetime) -> Report:
    """Garde une campagne close jusqu'au jour `jusqu_au` compris, pour un contentieux ou un contrôle.

    Lève `Refus` si la campagne n'est pas close, si son anonymisation a commencé, si le jour n'est pas plus tardif que
    le terme, ou si le motif manque.
    """
    ligne = Campagne.objects.select_for_update(of=("self",), no_key=True).avec_regles().get(pk=campagne.pk)
    if raison := pourquoi_pas_ce_report(conservation_de(ligne), jusqu_au, motif):
        raise Refus(raison)
    report = Report.objects.create(campagne=ligne, jusqu_au=jusqu_au, motif=motif.strip(), par=par, le=le)
    consigner(
        objet=ligne,
        fait="anonymisation_reportee",
        phrase=f"Anonymisation reportée au {dire_jour(jusqu_au)}. Motif{INSECABLE}: {report.motif}"[:300],
        par=par,
        le=le,
        apres={"jusqu_au": jusqu_au.isoformat(), "motif": report.motif},
    )
    return report


def pourquoi_pas_ce_report(conservation: Conservation, jusqu_au: date, motif: str) -> str | None:
    """Raison du refus d'un report, ou `None`."""
    if conservation.echeance is None:
        return "Seule l’anonymisation d’une campagne close se reporte."
    if conservation.anonymisation is not None:
        return "L’anonymisation de cette campagne a commencé\u00a0: elle ne se reporte plus."
    if not motif.strip():
        return "Dites pourquoi ces données doivent être gardées plus longtemps."
    if jusqu_au <= conservation.echeance.terme:
        return f"Choisissez un jour après le {dire_jour(conservation.echeance.terme)}, terme actuel de la conservation."
    return None


@transaction.atomic
def avertir(*, campagne: Campagne, le: datetime) -> Avertissement | None:
    """Avertit le SAIO trente jours, puis sept jours avant l'anonymisation ; une fois chacun. Rend `None` s'il n'y a
    rien à dire."""
    ligne = Campagne.objects.select_for_update(of=("self",), no_key=True).avec_regles().get(pk=campagne.pk)
    if Anonymisation.objects.filter(campagne=ligne).exists():
        return None
    conservation = conservation_de(ligne)
    nature = _a_dire(conservation, le)
    if nature is None or conservation.echeance is None:
        return None
    avertissement, nouveau = Avertissement.objects.get_or_create(
        campagne=ligne, terme=conservation.echeance.terme, nature=nature, defaults={"le": le}
    )
    if not nouveau:
        return None
    annoncer_le_terme(conservation=conservation_de(ligne), nature=nature, le=le)
    return avertissement


def _a_dire(conservation: Conservation, le: datetime) -> Avertissement.Nature | None:
    echeance = conservation.echeance
    if echeance is None:
        return None
    if echeance.est_a_annoncer(jour_de(le)):
        return Avertissement.Nature.PREAVIS
    return Avertissement.Nature.RAPPEL if echeance.est_a_rappeler(jour_de(le)) else None
