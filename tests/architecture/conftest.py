"""Un monde où chacun a sa place, et l'heure qu'il y est."""

import pytest
from django.utils import timezone

from tests.architecture.acces import Lieux
from tests.factories.pilotage import MAINTENANT, Scene


@pytest.fixture
def scene(db, monkeypatch) -> Scene:
    monkeypatch.setattr(timezone, "now", lambda: MAINTENANT)
    return Scene()


@pytest.fixture
def lieux(scene) -> Lieux:
    return Lieux(scene)
