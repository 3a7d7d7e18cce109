"""Un travail arrêté nomme des élèves dans ses erreurs : il s'efface comme les autres (R40)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from referentiel.models import Travail
from referentiel.services.travaux import (
    GARDE,
    effacer_les_travaux_perimes,
    preparer_le_prochain_travail,
    relancer_le_travail,
)
from referentiel.travaux import declarer
from tests.factories.travaux import TravailFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def arrete() -> Travail:
    def tomber(travail, fichier, suivi):
        suivi.refuser("DIALLO Yanis", "Document trop long.")
        raise OSError("plus de place")

    declarer("fragile", tomber)
    travail = TravailFactory(nature="fragile", etat=Travail.Etat.EN_FILE, fichier="", expire_le=None, fait=0)
    preparer_le_prochain_travail(timezone.now)
    travail.refresh_from_db()
    return travail


def test_un_travail_arrete_s_efface_au_bout_du_meme_delai(arrete):
    assert arrete.etat == Travail.Etat.ARRETE
    assert effacer_les_travaux_perimes(le=arrete.fini_le + GARDE - timedelta(seconds=1)) == 0
    assert effacer_les_travaux_perimes(le=arrete.fini_le + GARDE) == 1


def test_relance_il_ne_s_efface_plus_sous_les_pieds_de_l_ouvrier(arrete):
    relancer_le_travail(travail=arrete, le=timezone.now())
    assert effacer_les_travaux_perimes(le=timezone.now() + 2 * GARDE) == 0
    assert Travail.objects.get().etat == Travail.Etat.EN_FILE
