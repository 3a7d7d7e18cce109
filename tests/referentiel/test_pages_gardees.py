"""Ce qu'un cache peut garder des pages publiques, et ce qu'il ne garde jamais (T20)."""

import pytest
from django.test import Client

from tests.factories.catalogue import Catalogue
from tests.factories.referentiel import OffreFactory, RattachementFactory

pytestmark = pytest.mark.django_db
PAGES = ["/", "/formations/", "/formations/cap-patissier/", "/calendrier/", "/calendrier.ics", "/formations.csv"]


@pytest.fixture(autouse=True)
def catalogue() -> Catalogue:
    return Catalogue()


@pytest.mark.parametrize("adresse", PAGES)
def test_un_passant_recoit_une_page_a_garder_une_minute(adresse):
    reponse = Client().get(adresse)
    assert reponse["Cache-Control"] == "public, max-age=60"
    assert "Cookie" in reponse["Vary"]
    assert reponse["ETag"]
    assert not reponse.cookies


@pytest.mark.parametrize("adresse", PAGES)
def test_une_page_inchangee_n_est_pas_renvoyee(adresse):
    etiquette = Client().get(adresse)["ETag"]
    reponse = Client().get(adresse, headers={"if-none-match": etiquette})
    assert reponse.status_code == 304
    assert reponse.content == b""
    assert reponse["Cache-Control"] == "public, max-age=60"
    assert "Cookie" in reponse["Vary"]


def test_une_page_changee_l_est(catalogue):
    etiquette = Client().get("/formations/")["ETag"]
    OffreFactory(formation=catalogue.macon)
    assert Client().get("/formations/", headers={"if-none-match": etiquette}).status_code == 200


@pytest.mark.parametrize("adresse", PAGES)
def test_une_page_vue_connecte_ne_se_garde_nulle_part(adresse, connecter):
    reponse = connecter(RattachementFactory().personne).get(adresse)
    assert reponse.status_code == 200
    assert set(reponse["Cache-Control"].split(", ")) == {"private", "no-store"}
    assert "Cookie" in reponse["Vary"]
    assert "ETag" not in reponse


@pytest.mark.parametrize("temoin", ["sessionid", "messages"])
def test_un_temoin_meme_echu_rend_la_page_personnelle(temoin):
    client = Client()
    client.cookies[temoin] = "quelconque"
    assert "no-store" in client.get("/formations/")["Cache-Control"]


def test_qui_se_connecte_ne_recoit_pas_la_page_d_un_passant(connecter):
    etiquette = Client().get("/formations/")["ETag"]
    client = connecter(RattachementFactory().personne)
    reponse = client.get("/formations/", headers={"if-none-match": etiquette})
    assert reponse.status_code == 200
    assert "Se déconnecter" in reponse.content.decode()


def test_une_page_introuvable_ne_se_garde_pas():
    assert "Cache-Control" not in Client().get("/formations/inconnue/")


@pytest.mark.parametrize("methode", ["post", "put", "delete"])
def test_une_page_publique_ne_fait_que_se_lire(methode):
    assert getattr(Client(), methode)("/formations/").status_code == 405
