"""L'accueil public (écran P1)."""

from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from referentiel.models import Campagne
from referentiel.rules.dates import PARIS
from tests.factories.administration import une_autre_academie
from tests.factories.referentiel import CampagneFactory

pytestmark = pytest.mark.django_db


def lire(**requete) -> str:
    return Client().get("/", requete).content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")


@pytest.fixture
def le(monkeypatch):
    def _le(annee: int, mois: int, jour: int) -> None:
        monkeypatch.setattr(timezone, "now", lambda: datetime(annee, mois, jour, 10, tzinfo=PARIS))

    return _le


def test_il_mene_d_abord_au_catalogue():
    CampagneFactory()
    page = lire()
    assert page.index('role="search"') < page.index("Qui fait quoi ?") < page.index("Ce que Passpro n’est pas")
    assert 'action="/formations/"' in page
    assert page.count("<h1") == 1


def test_avant_le_premier_jour_il_dit_quand_la_campagne_ouvre(le):
    CampagneFactory()
    le(2027, 1, 4)
    assert "La campagne 2027 ouvre le lundi 11 janvier 2027." in lire()
    le(2027, 3, 15)
    page = lire()
    assert "ouvre le" not in page
    assert "Campagne 2027 : inscriptions ouvertes, il reste 6 semaines" in page


def test_il_dit_la_campagne_en_bref(le):
    CampagneFactory()
    le(2027, 3, 15)
    page = lire()
    assert "Du lundi 25 janvier 2027 au vendredi 30 avril 2027 (en cours)" in page
    assert "Planification" not in page


def test_une_campagne_close_n_annonce_plus_rien(le):
    CampagneFactory(etat=Campagne.Etat.CLOSE)
    le(2027, 7, 1)
    page = lire()
    assert "Campagne 2027 close" in page
    assert "La campagne en bref" not in page
    assert "Affelnet" not in page


def test_une_academie_seule_ne_se_choisit_pas():
    CampagneFactory()
    assert "Choisir une académie" not in lire()


def test_entre_plusieurs_academies_on_choisit_et_les_liens_le_gardent():
    CampagneFactory(regles__phrase_affelnet="Créteil ne donne rien.")
    CampagneFactory(academie=une_autre_academie(), regles__phrase_affelnet="Paris donne des points.")
    sans_choix = lire()
    assert 'aria-label="Choisir une académie"' in sans_choix
    assert "Créteil ne donne rien." in sans_choix
    assert "Paris donne des points." in sans_choix
    a_paris = lire(academie="paris")
    assert 'href="/formations/?academie=paris"' in a_paris
    assert 'href="/calendrier/?academie=paris"' in a_paris
    assert 'href="/documents/?academie=paris"' in a_paris
    assert '<input type="hidden" name="academie" value="paris">' in a_paris
    assert "Paris donne des points." in a_paris
    assert "Créteil ne donne rien." not in a_paris


def test_une_academie_inconnue_laisse_choisir():
    CampagneFactory()
    CampagneFactory(academie=une_autre_academie())
    page = lire(academie="atlantide")
    assert 'href="/?academie=creteil"' in page
    assert "Campagne 2027" not in page
