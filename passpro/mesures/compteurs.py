"""Ce que chaque processus compte, et les noms sous lesquels Prometheus le lit."""

import logging
import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from threading import Lock
from typing import Any, ParamSpec

from django.conf import settings
from django.db import connection
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.values import MultiProcessValue

from passpro.mesures.places import Places

P = ParamSpec("P")
DOSSIER = "PROMETHEUS_MULTIPROC_DIR"
DUREES_D_UNE_PAGE = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
DUREES_D_UN_DOCUMENT = (0.1, 0.2, 0.5, 1, 2, 5, 10, 60)

journal = logging.getLogger(__name__)


class _EnCommun:
    """La valeur d'une mesure, dans le dossier commun ; rien ne s'y écrit avant la première.

    Une commande de gestion ne prend ainsi aucune place.
    """

    def __init__(self, dossier: Path) -> None:
        self._dossier, self._verrou = dossier, Lock()
        self._classe: type | None = None

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        with self._verrou:
            self._classe = self._classe or MultiProcessValue(Places(self._dossier))
        return self._classe(*arguments, **options)


if settings.DOSSIER_DES_MESURES:
    os.environ[DOSSIER] = settings.DOSSIER_DES_MESURES
    values.ValueClass = _EnCommun(Path(settings.DOSSIER_DES_MESURES))

COMPTEURS = CollectorRegistry()
REQUETES = Counter("passpro_requetes", "Requêtes servies.", ["vue", "classe"], registry=COMPTEURS)
DUREES = Histogram(
    "passpro_requete_secondes", "Durée d'une requête.", ["vue"], buckets=DUREES_D_UNE_PAGE, registry=COMPTEURS
)
DOCUMENTS = Histogram(
    "passpro_document_secondes",
    "Durée du rendu d'un PDF, réussi ou non.",
    ["issue"],
    buckets=DUREES_D_UN_DOCUMENT,
    registry=COMPTEURS,
)
TACHES = Counter("passpro_taches", "Tâches de fond finies.", ["tache", "issue"], registry=COMPTEURS)
CONNEXIONS = Counter(
    "passpro_reserve_demandes",
    "Connexions demandées à la réserve, obtenues après une attente, refusées.",
    ["issue"],
    registry=COMPTEURS,
)
RESERVE = Gauge(
    "passpro_reserve_connexions",
    "Connexions de la réserve, en tout et prises.",
    ["etat"],
    multiprocess_mode="sum",
    registry=COMPTEURS,
)
# Ce que compte la réserve de psycopg, sous notre nom.
DE_LA_RESERVE = {"requests_num": "demandee", "requests_queued": "attendue", "requests_errors": "refusee"}


def sans_gener(noter: Callable[P, None]) -> Callable[P, None]:
    """Une mesure qui ne s'écrit pas (dossier fermé, disque plein) se dit au journal, et n'empêche rien."""

    @wraps(noter)
    def _noter(*arguments: P.args, **options: P.kwargs) -> None:
        try:
            noter(*arguments, **options)
        except OSError:
            journal.exception("Une mesure n'a pas pu s'écrire.")

    return _noter


@sans_gener
def noter_une_requete(vue: str, statut: int, secondes: float) -> None:
    """`vue` est un nom de vue, jamais une adresse : une adresse porte des codes d'élèves."""
    REQUETES.labels(vue, f"{statut // 100}xx").inc()
    DUREES.labels(vue).observe(secondes)


@sans_gener
def noter_un_document(*, secondes: float, reussi: bool, **_: Any) -> None:
    DOCUMENTS.labels("reussi" if reussi else "echec").observe(secondes)


@sans_gener
def noter_une_tache(sender: Any = None, state: str | None = None, **_: Any) -> None:
    TACHES.labels(sender.name, "reussie" if state == "SUCCESS" else "autre").inc()


@sans_gener
def noter_la_reserve() -> None:
    """Ce que la réserve de connexions de ce processus a servi depuis la dernière fois."""
    reserve = connection.pool
    if reserve is None:
        return
    chiffres = reserve.pop_stats()
    for nom, issue in DE_LA_RESERVE.items():
        CONNEXIONS.labels(issue).inc(chiffres.get(nom, 0))
    ouvertes = chiffres.get("pool_size", 0)
    RESERVE.labels("ouverte").set(ouvertes)
    RESERVE.labels("prise").set(ouvertes - chiffres.get("pool_available", 0))


def registre() -> CollectorRegistry:
    """Un registre neuf, qui lit les comptes de tous les processus de la machine."""
    nouveau = CollectorRegistry()
    if settings.DOSSIER_DES_MESURES:
        MultiProcessCollector(nouveau, path=settings.DOSSIER_DES_MESURES)
    else:
        nouveau.register(COMPTEURS)
    return nouveau
