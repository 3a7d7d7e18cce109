"""L'heure et le lieu des entretiens, lus pour l'étage des candidatures (R16, R18)."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from candidatures.horaires import EntretienFixe
from entretiens.models import Entretien


def entretiens_fixes(candidatures: Collection[int], *, avec_lieu: bool) -> Mapping[int, EntretienFixe]:
    """Entretien en vigueur de chaque candidature qui en a un, par clé, en une requête."""
    entretiens = Entretien.objects.en_vigueur().filter(candidature__in=candidatures)
    if avec_lieu:
        return {e.candidature_id: EntretienFixe(*_bornes(e.periode), e.lieu) for e in entretiens.avec_lieu()}
    periodes = entretiens.values_list("candidature_id", "periode")
    return {candidature: EntretienFixe(*_bornes(periode)) for candidature, periode in periodes}


def _bornes(periode: DateTimeTZRange) -> tuple[datetime, datetime]:
    return periode.lower, periode.upper
