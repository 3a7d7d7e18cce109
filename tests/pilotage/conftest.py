"""Un instant, et tous les personnages d'une campagne."""

import pytest
from django.utils import timezone

from tests.factories.pilotage import MAINTENANT, Scene


@pytest.fixture
def maintenant(monkeypatch):
    """Les requêtes arrivent à l'instant de la scène."""
    monkeypatch.setattr(timezone, "now", lambda: MAINTENANT)
    return MAINTENANT


@pytest.fixture
def scene(db, maintenant) -> Scene:
    return Scene()
