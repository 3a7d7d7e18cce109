"""Des gabarits d'essai, et un vrai serveur de messagerie."""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from tests.messagerie import serveur_de_messagerie

GABARITS = Path(__file__).parent.parent / "gabarits"


@pytest.fixture(autouse=True)
def gabarits_d_essai():
    avec_essai = [moteur | {"DIRS": [*moteur["DIRS"], GABARITS]} for moteur in settings.TEMPLATES]
    with override_settings(TEMPLATES=avec_essai):
        yield


@pytest.fixture
def messagerie():
    with serveur_de_messagerie() as serveur:
        yield serveur
