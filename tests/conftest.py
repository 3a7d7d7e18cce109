"""Harnais des tests : plus strict que la production."""

import os
import shutil
from collections.abc import Iterator

import pytest
from django.db import connections
from django.test import Client
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# Les exemples d'Hypothesis sont toujours les mêmes, et une machine lente n'est pas une faute du code.
settings.register_profile("passpro", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("passpro")


@pytest.fixture(autouse=True)
def fichiers_jetables(settings, tmp_path):
    """Les documents préparés par les tests s'effacent avec eux."""
    settings.MEDIA_ROOT = str(tmp_path / "fichiers")


@pytest.fixture
def connecter():
    """Rend un client connecté au nom d'une personne."""

    def _connecter(personne) -> Client:
        client = Client()
        client.force_login(personne, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return _connecter


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


@pytest.fixture
def chromium(transactional_db) -> Iterator[Browser]:
    """Un navigateur pour un test : deux ne s'ouvrent pas dans la même boucle."""
    with sync_playwright() as playwright:
        chemin = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        navigateur = playwright.chromium.launch(executable_path=chemin, args=OPTIONS_DE_CHROMIUM)
        yield navigateur
        navigateur.close()
        # Sous la boucle du navigateur, Django ouvre sa propre connexion : elle se rend ici.
        connections.close_all()
