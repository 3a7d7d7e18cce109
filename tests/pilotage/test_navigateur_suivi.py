"""Le suivi et une relance dans un vrai navigateur : deux thèmes, deux largeurs, avec et sans script (S2, S3, S4)."""

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from courriers.models import Courriel
from courriers.rules import EtatCourriel
from tests.accessibilite import defauts_de
from tests.factories.bilan import petite_campagne
from tests.factories.pilotage import MAINTENANT, Scene

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scene(transactional_db, monkeypatch) -> Scene:
    monkeypatch.setattr(timezone, "now", lambda: MAINTENANT)
    with transaction.atomic():
        scene = Scene()
        petite_campagne(scene)
        scene.en_retard()
        scene.candidature()
    return scene


@pytest.fixture
def ouvrir(chromium, live_server, connecter):
    """Ouvre une page au nom d'une personne."""

    def _ouvrir(place, *, script: bool = True):
        contexte = chromium.new_context(
            base_url=live_server.url, viewport={"width": 1366, "height": 900}, java_script_enabled=script
        )
        session = connecter(place.personne).cookies[settings.SESSION_COOKIE_NAME].value
        temoin = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url, "expires": -1}
        contexte.add_cookies([temoin])
        return contexte.new_page()

    return _ouvrir


def test_les_graphiques_se_lisent_dans_les_deux_themes_s_ouvrent_et_s_impriment(ouvrir, scene):
    page, fautes = ouvrir(scene.saio), []
    page.on("console", lambda message: fautes.append(message.text) if message.type == "error" else None)
    for adresse in (
        "/academie/suivi/",
        "/academie/suivi/etablissements/",
        "/academie/suivi/avis/",
        "/academie/suivi/bilan/",
        "/academie/suivi/retards/",
        f"/academie/suivi/retards/relancer/?etablissement={scene.lycee.uai}",
    ):
        page.goto(adresse)
        assert not fautes, adresse
        for repli in page.locator("details:not([open]) > summary").all():
            if repli.is_visible():
                repli.click()
        for largeur, theme in ((1366, "light"), (320, "dark")):
            page.set_viewport_size({"width": largeur, "height": 900})
            page.emulate_media(color_scheme=theme)
            defauts = defauts_de(page)
            assert not defauts, f"{adresse}, {theme} : {defauts}"
        page.set_viewport_size({"width": 1366, "height": 900})
        fautes.clear()  # l'outil de contrôle pose des styles que la politique de sécurité refuse
    page.goto("/academie/suivi/")
    tableau = page.get_by_role("columnheader", name="Entretiens cumulés")
    assert not tableau.is_visible()
    page.emulate_media(media="print")
    assert tableau.is_visible(), "les tableaux s'impriment ouverts"


@pytest.mark.parametrize("script", [True, False], ids=["avec_script", "sans_script"])
def test_une_relance_se_choisit_se_verifie_part_et_se_retient(ouvrir, scene, script):
    page = ouvrir(scene.saio, script=script)
    page.goto("/academie/suivi/retards/")
    page.get_by_role("button", name="Relancer la sélection").first.click()
    assert page.get_by_text("sélectionnez au moins un établissement").is_visible()
    # Le DSFR dessine la case dans son libellé, par-dessus l'entrée.
    page.get_by_role("checkbox", name=f"Sélectionner {scene.lycee.nom}").first.check(force=True)
    page.get_by_role("button", name="Relancer la sélection").first.click()
    assert page.get_by_text("Objet : Passpro : 1 compte-rendu en retard").is_visible()
    assert page.get_by_text("1 relance sera envoyée à 1 établissement d’accueil").is_visible()
    page.get_by_role("button", name="Envoyer la relance").click()
    assert page.get_by_text("1 relance part à 10").is_visible()
    page.get_by_role("button", name="Annuler l’envoi").click()
    assert page.get_by_text("aucune relance ne part").is_visible()
    assert Courriel.objects.get(nature="relance").etat == EtatCourriel.RAPPELE
