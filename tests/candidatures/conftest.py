"""Un collège et une campagne ouverte, en mars."""

import pytest
from django.utils import timezone

from candidatures import horaires
from tests.factories.inscriptions import Monde


@pytest.fixture
def monde(db) -> Monde:
    return Monde()


@pytest.fixture
def en_mars(monde, monkeypatch):
    """Les requêtes des vues arrivent à l'instant du monde des tests."""
    monkeypatch.setattr(timezone, "now", lambda: monde.le)


@pytest.fixture
def entretiens(monkeypatch):
    """Déclare une lecture des entretiens : `entretiens[candidature.pk] = EntretienFixe(…)`."""
    fixes: dict[int, horaires.EntretienFixe] = {}
    monkeypatch.setattr(horaires, "_lectures", [])
    horaires.declarer(lambda cles, avec_lieu: {cle: fixes[cle] for cle in cles if cle in fixes})
    return fixes
