"""L'heure qu'il est, que les tests avancent de mois en mois."""

import pytest
from django.utils import timezone

from tests.factories.conservation import Horloge


@pytest.fixture
def horloge(monkeypatch) -> Horloge:
    """L'instant des requêtes et des tâches, que le test avance."""
    horloge = Horloge()
    monkeypatch.setattr(timezone, "now", lambda: horloge.le)
    return horloge
