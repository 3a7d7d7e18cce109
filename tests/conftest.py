"""Harnais des tests : plus strict que la production."""

import os

import pytest
from django.test import Client

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture
def connecter():
    """Rend un client connecté au nom d'une personne."""

    def _connecter(personne) -> Client:
        client = Client()
        client.force_login(personne, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return _connecter
