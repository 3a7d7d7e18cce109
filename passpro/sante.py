"""L'état de l'installation : base, courtier, migrations."""

import logging
from collections.abc import Callable

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from passpro.celery import app

journal = logging.getLogger(__name__)
ATTENTE = 2


def _base() -> None:
    with connection.cursor() as curseur:
        curseur.execute("SELECT 1")


def _courtier() -> None:
    with app.connection_for_write(connect_timeout=ATTENTE) as courtier:
        courtier.ensure_connection(max_retries=1, interval_start=0, timeout=ATTENTE)


def _migrations() -> None:
    executeur = MigrationExecutor(connection)
    attendues = executeur.migration_plan(executeur.loader.graph.leaf_nodes())
    if attendues:
        raise RuntimeError(f"{len(attendues)} migrations à appliquer")


VERIFICATIONS: dict[str, Callable[[], None]] = {
    "base": _base,
    "courtier": _courtier,
    "migrations": _migrations,
}


@require_safe
@never_cache
def sante(request: HttpRequest) -> JsonResponse:
    """Répond 200 si tout va, 503 avec ce qui ne va pas ; le détail reste au journal."""
    etats = {nom: _etat(nom, verification) for nom, verification in VERIFICATIONS.items()}
    tout_va = all(etat == "bon" for etat in etats.values())
    return JsonResponse({"etat": "bon" if tout_va else "en panne", **etats}, status=200 if tout_va else 503)


def _etat(nom: str, verification: Callable[[], None]) -> str:
    try:
        verification()
    except Exception:
        journal.exception("Santé : %s en panne.", nom)
        return "en panne"
    return "bon"
