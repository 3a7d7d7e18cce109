"""Répéter une journée et lire l'espace d'un collège dans un vrai navigateur, avec et sans script (S7, S9, T8)."""

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tests.accessibilite import defauts_de
from tests.factories.pilotage import MAINTENANT, Scene

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]
MOTIF = "Le collège ne trouve pas ses convocations."


@pytest.fixture
def scene(transactional_db, monkeypatch) -> Scene:
    monkeypatch.setattr(timezone, "now", lambda: MAINTENANT)
    with transaction.atomic():
        scene = Scene()
        scene.candidature()
    return scene


@pytest.fixture
def page_du_saio(chromium, live_server, scene, connecter):
    def ouvrir(*, script: bool, largeur: int = 1366):
        contexte = chromium.new_context(
            base_url=live_server.url, viewport={"width": largeur, "height": 900}, java_script_enabled=script
        )
        session = connecter(scene.saio.personne).cookies[settings.SESSION_COOKIE_NAME].value
        temoin = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url, "expires": -1}
        contexte.add_cookies([temoin])
        return contexte.new_page()

    return ouvrir


@pytest.mark.parametrize("script", [True, False])
def test_le_saio_repete_un_jour_clos_lit_l_espace_du_college_et_en_sort(page_du_saio, scene, script):
    page = page_du_saio(script=script)
    page.goto("/academie/calendrier/")
    page.fill("input[name=jour]", "2027-05-03")
    page.get_by_role("button", name="Répéter cette journée").click()
    assert page.url.endswith("/repetition/2027-05-03/academie/calendrier/")
    assert page.get_by_text("Vous répétez la journée du lundi 3").is_visible()
    page.get_by_role("link", name="voir l’espace d’un établissement").click()
    page.get_by_role("searchbox").fill(scene.college.uai)
    page.get_by_role("button", name="Chercher").click()
    page.fill("input[name=motif]", MOTIF)
    page.get_by_role("button", name="Voir l’espace d’origine").click()
    assert page.url.endswith(f"/repetition/2027-05-03/origine/{scene.college.segment}/")
    assert page.get_by_text("Lecture seule – espace du collège").is_visible()
    page.get_by_role("link", name="Élèves", exact=True).click()
    assert page.get_by_role("link", name="Ajouter un élève").count() == 0
    page.get_by_role("button", name="Quitter").click()
    assert page.url.endswith("/repetition/2027-05-03/academie/voir/")
    page.get_by_role("link", name="Revenir à aujourd’hui").click()
    assert page.url.endswith("/academie/voir/")
    assert "repetition" not in page.url


@pytest.mark.parametrize("largeur", [1366, 320])
@pytest.mark.longue
def test_ces_pages_sont_accessibles_et_ne_defilent_pas_de_cote(page_du_saio, scene, largeur):
    page, fautes = page_du_saio(script=True, largeur=largeur), []
    page.on("console", lambda message: fautes.append(message.text) if message.type == "error" else None)
    page.goto(f"/academie/voir/?q={scene.college.uai}")
    page.fill("input[name=motif]", MOTIF)
    page.get_by_role("button", name="Voir l’espace d’origine").click()
    college = f"/origine/{scene.college.segment}"
    for adresse in (
        "/academie/calendrier/",
        "/repetition/2027-05-03/academie/calendrier/",
        f"/academie/voir/?q={scene.college.uai}",
        f"/repetition/2027-05-03{college}/",
        f"{college}/eleves/",
    ):
        page.goto(adresse)
        assert not fautes, adresse
        assert defauts_de(page) == [], adresse
        fautes.clear()  # l'outil de contrôle pose des styles que la politique de sécurité refuse
