"""Ouvrir une série dans un vrai navigateur, avec et sans script (G3, G5, G6, G10)."""

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from entretiens.models import Creneau, Seance
from tests.accessibilite import defauts_de
from tests.factories.candidatures import EN_MARS, CandidatureFactory
from tests.factories.entretiens import JuryFactory
from tests.factories.referentiel import AccueilFactory, RattachementFactory

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]

PHRASE = "60 créneaux seront créés\xa0: 3 jours, 10 créneaux par jour et par jury, 2 jurys."
# Trois jours de deux jurys, chacun dans sa salle habituelle, avec une pause.
SAISIE = {
    "#id_du": "2027-03-23",
    "#id_au": "2027-03-25",
    "#id_de": "09:00",
    "#id_a": "12:40",
    "#id_pause_de": "10:20",
    "#id_pause_a": "10:40",
}
CHAMPS_AU_PLUS = 12


@pytest.fixture
def lycee(transactional_db, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: EN_MARS)
    with transaction.atomic():
        accueil = AccueilFactory()
        for numero in (1, 2):
            JuryFactory(etablissement=accueil.etablissement, nom=f"Jury {numero}", salle=f"20{numero}")
        CandidatureFactory.create_batch(2, accueil=accueil)
        return RattachementFactory(a_l_accueil=True, gestionnaire=True, etablissement=accueil.etablissement)


@pytest.mark.parametrize("script", [True, False], ids=["avec script", "sans script"])
def test_soixante_creneaux_s_ouvrent_en_un_formulaire_et_un_apercu(chromium, live_server, lycee, connecter, script):
    contexte = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1366, "height": 768}, java_script_enabled=script
    )
    session = connecter(lycee.personne).cookies[settings.SESSION_COOKIE_NAME].value
    contexte.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = contexte.new_page()
    page.goto(reverse("entretiens:creer_des_creneaux", args=[lycee.etablissement.segment]))
    remplis = 0
    for champ, valeur in SAISIE.items():
        page.locator(champ).fill(valeur)
        remplis += 1
    for jury in ("Jury 1", "Jury 2"):
        # Sans script, rien ne la ferait revenir.
        page.get_by_label(f"Salle de {jury}").wait_for(state="hidden" if script else "visible")
        page.get_by_text(jury, exact=True).first.click()
        page.get_by_label(f"Salle de {jury}").wait_for()
        remplis += 1
    assert remplis <= CHAMPS_AU_PLUS
    if script:
        page.locator("[data-serie-phrase]", has_text=PHRASE).wait_for()
        controler(page)
    page.get_by_role("button", name="Voir l’aperçu").click()
    page.locator("main", has_text=PHRASE).wait_for()
    if script:
        page.get_by_label("Garder le jeudi 25 mars").press("Space")
        page.get_by_role("button", name="Créer les 40 créneaux").wait_for()
        page.get_by_label("Garder le jeudi 25 mars").press("Space")
        controler(page)
    page.get_by_role("button", name="Créer les 60 créneaux").click()
    page.locator("main", has_text="60 créneaux créés. 2 élèves attendent un entretien dans ce domaine.").wait_for()
    assert Creneau.objects.count() == 60
    assert set(Seance.objects.values_list("jury__nom", "salle")) == {("Jury 1", "201"), ("Jury 2", "202")}
    if script:
        controler(page)
    contexte.close()


def controler(page) -> None:
    """Aucune faute au large en clair, ni au plus étroit en sombre."""
    for largeur, theme in ((320, "dark"), (1366, "light")):
        page.set_viewport_size({"width": largeur, "height": 768})
        page.emulate_media(color_scheme=theme)
        assert defauts_de(page) == []
