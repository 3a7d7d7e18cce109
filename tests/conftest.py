"""Harnais des tests : plus strict que la production."""

import asyncio
import os
import shutil
from asyncio.events import _set_running_loop
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from http import HTTPStatus

import pytest
from django.db import connections
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, Locator, Page, Playwright, sync_playwright
from psycopg import sql

from courriers.services import rendre_le_prochain_document

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# Les exemples d'Hypothesis sont toujours les mêmes, et une machine lente n'est pas une faute du code.
settings.register_profile("passpro", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("passpro")


@pytest.fixture(autouse=True)
def fichiers_jetables(settings, tmp_path):
    """Les documents préparés par les tests s'effacent avec eux."""
    settings.MEDIA_ROOT = str(tmp_path / "fichiers")


@pytest.fixture(scope="session", autouse=True)
def documents_attendus() -> Iterator[None]:
    """Le client attend un document comme le fait un navigateur : l'atelier le rend, puis la page se redemande.

    Un test qui veut lire la page d'attente pose `attend_les_documents` à faux sur son client.
    """
    demander = Client.request

    def demander_et_attendre(client: Client, **requete):
        reponse = demander(client, **requete)
        if reponse.status_code != HTTPStatus.ACCEPTED or not getattr(client, "attend_les_documents", True):
            return reponse
        while rendre_le_prochain_document(timezone.now):
            pass
        return demander(client, **requete)

    with pytest.MonkeyPatch.context() as remplacement:
        remplacement.setattr(Client, "request", demander_et_attendre)
        yield


@pytest.fixture
def connecter():
    """Rend un client connecté au nom d'une personne."""

    def _connecter(personne) -> Client:
        client = Client()
        client.force_login(personne, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return _connecter


@pytest.fixture(scope="session", autouse=True)
def vider_sans_recreer_les_tables() -> Iterator[None]:
    """Après un test qui a validé ses écritures : TRUNCATE recrée chaque table et chaque index, DELETE n'ôte que ce
    qu'il y a. Sous le rôle « replica », ni l'historique ni une campagne close ne s'y opposent."""

    def effacer(self, style, tables, *, reset_sequences=False, allow_cascade=False) -> list[str]:
        suppressions = [sql.SQL("DELETE FROM {}").format(sql.Identifier(table)).as_string() for table in tables]
        return ["SET LOCAL session_replication_role = replica", *suppressions]

    with pytest.MonkeyPatch.context() as remplacement:
        remplacement.setattr(DatabaseOperations, "sql_flush", effacer)
        yield


OPTIONS_DE_CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


@pytest.fixture(scope="session")
def playwright_ouvert() -> Iterator[tuple[Playwright, asyncio.AbstractEventLoop]]:
    """Un seul pilote de navigateur par ouvrier ; hors des tests qui s'en servent, sa boucle ne se voit pas."""
    with sync_playwright() as playwright:
        boucle = asyncio.get_running_loop()
        _set_running_loop(None)
        yield playwright, boucle
        _set_running_loop(boucle)


@pytest.fixture(scope="session")
def navigateur_ouvert(playwright_ouvert) -> Iterator[Browser]:
    playwright, boucle = playwright_ouvert
    chemin = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with _dans(boucle):
        navigateur = playwright.chromium.launch(executable_path=chemin, args=OPTIONS_DE_CHROMIUM)
    yield navigateur
    with _dans(boucle):
        navigateur.close()


@pytest.fixture(scope="session", autouse=True)
def gestes_acheves() -> Iterator[None]:
    """Un geste s'achève avec la page qu'il demande : le pilote, lui, rend la main dès qu'elle commence à venir, et une
    question posée aussitôt tomberait sur une page encore vide."""

    def achever(geste):
        @wraps(geste)
        def _geste(cible, *arguments, **options):
            rendu = geste(cible, *arguments, **options)
            page = cible.page if isinstance(cible, Locator) else cible
            if not page.is_closed():
                page.wait_for_load_state()
            return rendu

        return _geste

    with pytest.MonkeyPatch.context() as remplacement:
        for classe in (Locator, Page):
            for nom in ("click", "press", "check", "uncheck", "select_option"):
                remplacement.setattr(classe, nom, achever(getattr(classe, nom)))
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Un parcours de navigateur qui échoue est rejoué une fois ; la fin du rapport nomme ceux qu'il a fallu rejouer."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture
def chromium(transactional_db, playwright_ouvert, navigateur_ouvert) -> Iterator[Browser]:
    """Le navigateur, sans rien de ce qu'un autre test y a ouvert."""
    with _dans(playwright_ouvert[1]):
        yield navigateur_ouvert
        for contexte in navigateur_ouvert.contexts:
            contexte.close()
        # Sous la boucle du navigateur, Django ouvre sa propre connexion : elle se rend ici.
        connections.close_all()


@contextmanager
def _dans(boucle: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Reprend la boucle du pilote le temps d'un geste : Django et lui ne s'en partagent pas une autre."""
    _set_running_loop(boucle)
    try:
        yield
    finally:
        _set_running_loop(None)
