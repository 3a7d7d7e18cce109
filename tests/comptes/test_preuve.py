"""Redemander qui l'on est avant un acte grave (T7)."""

from time import time

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory

from comptes.preuve import PREUVE, exiger_une_preuve_recente
from tests.factories.referentiel import MOT_DE_PASSE, PersonneFactory

ACTE = "/academie/essai/"


@exiger_une_preuve_recente
def acte(request, mot: str) -> HttpResponse:
    return HttpResponse(f"fait : {mot}, {request.POST.get('motif', '')}")


@pytest.fixture
def personne(db):
    return PersonneFactory(mot_de_passe=MOT_DE_PASSE)


@pytest.fixture
def demander(personne, connecter):
    """Appelle l'acte comme si la preuve datait de `depuis` secondes ; rend sa réponse."""
    client = connecter(personne)

    def _demander(depuis: int, saisie: dict | None = None, qui=personne):
        usine = RequestFactory()
        request = usine.get(ACTE) if saisie is None else usine.post(ACTE, saisie)
        request.user, request.session, request.detour = qui, client.session, None
        request.session[PREUVE] = int(time()) - depuis
        return acte(request, mot="essai")

    return _demander


def test_qui_vient_de_se_connecter_passe(demander):
    assert demander(5).content.decode() == "fait : essai, "


def test_plus_tard_une_lecture_passe_par_la_preuve_et_revient(demander, connecter, personne):
    assert demander(601).url == "/compte/preuve/?next=%2Facademie%2Fessai%2F"
    client = connecter(personne)
    session = client.session
    session[PREUVE] -= 3600
    session.save()
    page = client.post("/compte/preuve/", {"preuve_secret": "faux", "next": "/compte/"})
    assert "Ce mot de passe n’est pas le vôtre." in page.content.decode()
    assert client.session[PREUVE] < time() - 3000
    assert client.post("/compte/preuve/", {"preuve_secret": MOT_DE_PASSE, "next": "/compte/"}).url == "/compte/"
    assert client.session[PREUVE] > time() - 60


@pytest.mark.parametrize("suite", ["https://ailleurs.example/", "//ailleurs.example/", "un-mot", "javascript:alert(1)"])
def test_la_suite_ne_mene_que_sur_ce_site(connecter, personne, suite):
    client = connecter(personne)
    assert client.post("/compte/preuve/", {"preuve_secret": MOT_DE_PASSE, "next": suite}).url == "/compte/securite/"
    assert client.get("/connexion/code/", {"next": suite}).url == "/espaces/"


def test_un_envoi_garde_ce_qui_etait_saisi_puis_se_fait(demander):
    page = demander(601, {"motif": "Demande <de> la famille"}).content.decode()
    assert "fait :" not in page
    assert 'name="motif" value="Demande &lt;de&gt; la famille"' in page
    fait = demander(601, {"motif": "Demande <de> la famille", "preuve_secret": MOT_DE_PASSE})
    assert fait.content.decode() == "fait : essai, Demande <de> la famille"


def test_un_mauvais_mot_de_passe_ne_fait_rien(demander):
    page = demander(601, {"motif": "m", "preuve_secret": "faux"}).content.decode()
    assert "fait :" not in page
    assert "Ce mot de passe n’est pas le vôtre." in page


def test_sans_mot_de_passe_la_page_dit_quoi_faire(demander, personne):
    personne.set_unusable_password()
    page = demander(601, {"motif": "m"}).content.decode()
    assert "choisissez-en un, puis reconnectez-vous" in page


def test_qui_n_est_pas_connecte_reste_a_la_porte_de_la_vue(demander):
    """La vue elle-même le renvoie à la connexion."""
    assert demander(601, qui=AnonymousUser()).content.decode().startswith("fait")
