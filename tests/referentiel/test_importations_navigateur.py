"""Importer un catalogue dans un vrai navigateur, avec et sans script, sur un petit écran (écran S6)."""

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from referentiel.models import Formation
from tests.accessibilite import defauts_de
from tests.factories.referentiel import CampagneFactory, DomaineFactory, FormationFactory, RattachementFactory

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]
OFFRES = "Domaine;Type;Formation;Mots-clés\nHôtellerie-restauration;CAP;Cuisine;toque\nNeuf;CAP;Essai;\n"


@pytest.fixture
def saio(transactional_db):
    with transaction.atomic():
        domaine = DomaineFactory(campagne=CampagneFactory(), nom="Hôtellerie-restauration")
        FormationFactory(domaine=domaine, libelle="Cuisine")
        return RattachementFactory(saio=True).personne


@pytest.mark.parametrize("script", [True, False])
def test_un_fichier_se_compare_puis_s_applique_sur_un_petit_ecran(chromium, live_server, connecter, saio, script):
    contexte = chromium.new_context(
        base_url=live_server.url, viewport={"width": 320, "height": 700}, java_script_enabled=script
    )
    session = connecter(saio).cookies[settings.SESSION_COOKIE_NAME].value
    contexte.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = contexte.new_page()
    page.goto(reverse("referentiel:importer_catalogue"))
    fichier = {"name": "offres.csv", "mimeType": "text/csv", "buffer": OFFRES.encode("cp1252")}
    page.get_by_label("Fichier").set_input_files(files=[fichier])
    page.get_by_role("button", name="Comparer").click()
    page.wait_for_url("**/comparaison/")
    if script:
        assert defauts_de(page) == []
    page.get_by_role("button", name="Appliquer les changements cochés").click()
    page.wait_for_url("**/rapport/")
    assert page.get_by_text("3 changements appliqués.").is_visible()
    assert Formation.objects.get(libelle="Cuisine").mots_cles == "toque"
