"""Un lycée qui reçoit, un collège, et l'heure qu'il est pour leurs pages."""

import pytest
from django.utils import timezone

from tests.factories.candidatures import EN_MARS
from tests.factories.referentiel import AccueilFactory, EtablissementFactory, RattachementFactory


@pytest.fixture
def horloge(monkeypatch):
    """Règle l'instant de réception des requêtes."""

    def regler(le):
        monkeypatch.setattr(timezone, "now", lambda: le)

    regler(EN_MARS)
    return regler


@pytest.fixture
def accueil(horloge):
    return AccueilFactory()


@pytest.fixture
def entrer(accueil, connecter):
    """Connecte une gestionnaire du lycée, à l'heure de l'horloge."""

    def _entrer():
        place = RattachementFactory(a_l_accueil=True, gestionnaire=True, etablissement=accueil.etablissement)
        return connecter(place.personne)

    return _entrer


@pytest.fixture
def lycee(entrer):
    return entrer()


@pytest.fixture
def college():
    return EtablissementFactory(nom="Collège Jean-Moulin", telephone="01 99 99 99 99")


@pytest.fixture
def origine(college, connecter):
    return connecter(RattachementFactory(etablissement=college).personne)
