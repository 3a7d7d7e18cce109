"""Le catalogue dans un vrai navigateur : étroit, large, imprimé, avec et sans script."""

import pytest
from django.db import transaction

from tests.accessibilite import defauts_de
from tests.factories.catalogue import Catalogue

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]
PAGES = [
    "/",
    "/formations/",
    "/formations/?q=patisier&par=etablissement",
    "/formations/?q=astronaute",
    "/formations/cap-patissier/",
    "/domaines/hotellerie-restauration/",
    "/calendrier/",
]


@pytest.fixture
def catalogue(transactional_db) -> Catalogue:
    with transaction.atomic():
        return Catalogue()


@pytest.fixture
def ouvrir(chromium, live_server, catalogue):
    def _ouvrir(adresse: str, *, largeur: int = 1366, script: bool = True):
        contexte = chromium.new_context(
            base_url=live_server.url, viewport={"width": largeur, "height": 768}, java_script_enabled=script
        )
        onglet = contexte.new_page()
        onglet.erreurs = []
        onglet.on("console", lambda message: onglet.erreurs.append(message.text) if message.type == "error" else None)
        onglet.goto(adresse)
        return onglet

    return _ouvrir


@pytest.mark.longue
def test_chaque_page_est_accessible_et_ne_deborde_pas(ouvrir, catalogue):
    sevran = catalogue.lycees["Sevran"].segment
    for adresse in [*PAGES, f"/etablissements/{sevran}/", f"/formations/cap-patissier/{sevran}/"]:
        for largeur in (1366, 320):
            onglet = ouvrir(adresse, largeur=largeur)
            assert onglet.erreurs == [], adresse
            assert defauts_de(onglet) == [], adresse
            onglet.context.close()


@pytest.mark.parametrize("script", [True, False])
def test_filtrer_puis_retirer_le_filtre(ouvrir, script):
    onglet = ouvrir("/formations/", script=script)
    onglet.get_by_label("Rechercher une formation").fill("pâtissier")
    onglet.get_by_label("Ville", exact=True).select_option("sevran")
    onglet.get_by_role("button", name="Filtrer").click()
    onglet.get_by_role("heading", name="1 résultat", exact=True).wait_for()
    onglet.get_by_role("link", name="Retirer le filtre : Sevran").click()
    onglet.get_by_role("heading", name="3 résultats").wait_for()
    onglet.get_by_role("link", name="Par établissement").click()
    onglet.get_by_role("row", name="Lycée de Créteil Créteil, Val-de-Marne (94)").wait_for()


def test_un_clic_sur_une_ville_de_la_carte_n_en_garde_que_les_resultats(ouvrir):
    onglet = ouvrir("/formations/")
    onglet.locator("[data-carte] [data-url*='ville=melun']").click()
    onglet.wait_for_url("**/formations/?ville=melun")
    onglet.get_by_role("heading", name="2 résultats").wait_for()


def test_la_carte_se_cache_sur_un_ecran_etroit_et_a_l_impression(ouvrir):
    assert not ouvrir("/formations/", largeur=700).locator("[data-carte]").is_visible()
    onglet = ouvrir("/formations/?ville=melun")
    assert onglet.locator("[data-carte]").is_visible()
    onglet.emulate_media(media="print")
    assert not onglet.locator("[data-carte]").is_visible()
    assert not onglet.locator(".pp-catalogue__filtres").is_visible()
    assert onglet.get_by_text("ville Melun").is_visible()
