"""L'heure et le lieu des entretiens, lus pour l'étage des candidatures (R16, R18)."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import QuerySet

from candidatures.horaires import EntretienFixe
from comptes.lectures_preparees import LecturePreparee
from entretiens.models import Entretien
from referentiel.conditions_preparees import parmi


def entretiens_fixes(candidatures: Collection[int], *, avec_lieu: bool) -> Mapping[int, EntretienFixe]:
    """Entretien en vigueur de chaque candidature qui en a un, par clé, en une requête."""
    if avec_lieu:
        entretiens = Entretien.objects.en_vigueur().filter(candidature__in=candidatures).avec_lieu()
        return {e.candidature_id: EntretienFixe(*_bornes(e.periode), e.lieu) for e in entretiens}
    periodes = PERIODES.lire(candidatures=list(candidatures))
    return {candidature: EntretienFixe(*_bornes(periode)) for candidature, periode in periodes}


def _periodes() -> QuerySet[Entretien, tuple[int, DateTimeTZRange]]:
    fixes = Entretien.objects.en_vigueur().filter(parmi("candidature_id", "candidatures"))
    return fixes.order_by().values_list("candidature_id", "periode")


PERIODES = LecturePreparee(_periodes)


def _bornes(periode: DateTimeTZRange) -> tuple[datetime, datetime]:
    return periode.lower, periode.upper
