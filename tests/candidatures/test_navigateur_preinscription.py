"""La pré-inscription dans un vrai navigateur, sur un téléphone et sans script : six étapes, puis le SAIO (écran P8)."""

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from candidatures.models import Candidature, PreInscription
from tests.accessibilite import defauts_de
from tests.factories.inscriptions import COMMENTAIRE, Monde
from tests.factories.preinscriptions import ADRESSE, code_recu
from tests.factories.referentiel import RattachementFactory

pytestmark = [
    pytest.mark.navigateur,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("en_mars"),
]
CHAMPS = {
    "Nom": "CFA des métiers de bouche",
    "Ville": "Vitry-sur-Seine",
    "Nom et prénom du responsable": "M. Dupont",
    "Fonction": "directeur",
    "Courriel professionnel": ADRESSE,
    "Téléphone": "01 23 45 67 89",
}


@pytest.fixture
def monde(transactional_db) -> Monde:
    with transaction.atomic():
        return Monde()


def juger(page, script: bool) -> None:
    """Rien ne déborde ; avec script, axe ne relève rien."""
    assert page.locator("h1").count() == 1
    if script:
        assert defauts_de(page) == [], page.url


def remplir_les_six_etapes(page, script: bool) -> None:
    juger(page, script)
    page.get_by_role("button", name="Commencer la pré-inscription").click()
    juger(page, script)
    page.get_by_text("CFA", exact=True).click()
    for champ, valeur in CHAMPS.items():
        page.get_by_label(champ, exact=True).fill(valeur)
    page.get_by_role("button", name="Continuer").click()
    juger(page, script)
    page.get_by_label("Code", exact=True).fill(code_recu())
    page.get_by_role("button", name="Vérifier").click()
    juger(page, script)
    for champ, valeur in {"Nom": "Roux", "Prénom": "Emma", "Classe ou formation actuelle": "3e prépa"}.items():
        page.get_by_label(champ, exact=True).fill(valeur)
    for nom, valeur in (("day", "14"), ("month", "5"), ("year", "2012")):
        page.locator(f"#id_date_de_naissance_{nom}").select_option(valeur)
    page.get_by_text("3e", exact=True).click()
    page.locator("#id_referent_nom").fill("Mme Petit")
    page.locator("#id_referent_courriel").fill("petit@cfa-exemple.example")
    page.get_by_role("button", name="Continuer").click()
    juger(page, script)
    page.locator("summary").get_by_text("Hôtellerie-restauration").click()
    page.get_by_text("CAP Cuisine", exact=True).click()
    page.get_by_role("button", name="Continuer").click()
    juger(page, script)
    page.get_by_role("radio", name="Favorable", exact=True).click()
    page.locator("textarea").fill(COMMENTAIRE)
    page.locator("button.fr-btn", has_text="Continuer").click()
    juger(page, script)
    page.locator("label[for=id_informes]").click()
    page.get_by_role("button", name="Envoyer la pré-inscription").click()
    assert page.get_by_role("heading", name="Pré-inscription envoyée").is_visible()
    juger(page, script)


@pytest.mark.parametrize("script", [False, True])
def test_six_etapes_sur_un_telephone(monde, chromium, live_server, connecter, script):
    contexte = chromium.new_context(
        base_url=live_server.url, viewport={"width": 320, "height": 640}, java_script_enabled=script
    )
    page = contexte.new_page()
    erreurs: list[str] = []
    page.on("console", lambda message: erreurs.append(message.text) if message.type == "error" else None)
    page.goto(reverse("candidatures:pre_inscription"))
    remplir_les_six_etapes(page, script)
    assert PreInscription.objects.a_valider().count() == 1
    page.get_by_role("link", name="Suivre la demande").click()
    assert page.get_by_text("En attente de validation par le SAIO").is_visible()
    juger(page, script)
    if not script:
        return
    saio = RattachementFactory(saio=True, academie=monde.campagne.academie).personne
    session = connecter(saio).cookies[settings.SESSION_COOKIE_NAME].value
    accepter_par_le_saio(contexte, page, live_server, session)
    assert Candidature.objects.count() == 1
    assert not erreurs


def accepter_par_le_saio(contexte, page, live_server, session: str) -> None:
    contexte.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page.goto(reverse("candidatures:preinscriptions"))
    juger(page, script=True)
    page.get_by_role("link", name="PI-2027-000001").click()
    juger(page, script=True)
    page.get_by_text("Donner un code UAI", exact=True).click()
    page.locator("#id_uai").fill("0941234F")
    page.get_by_role("button", name="Accepter et transmettre").click()
    assert page.get_by_text("Succès : PI-2027-000001 acceptée.").is_visible()
    juger(page, script=True)
