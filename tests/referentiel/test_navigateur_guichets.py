"""Du guichet de l'académie à la place, dans un vrai navigateur, avec et sans script (écrans C1, C4, S9)."""

import pytest
from django.conf import settings as reglages
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from comptes.federation.reglages import sorties
from tests.accessibilite import defauts_de
from tests.factories.acces import DemandeDAccesFactory
from tests.factories.guichets import portail
from tests.factories.pilotage import MAINTENANT, Scene
from tests.fournisseur import fournisseur_ouvert

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]

VUES = ((320, "dark"), (1366, "light"))


@pytest.fixture
def scene(transactional_db, monkeypatch) -> Scene:
    monkeypatch.setattr(timezone, "now", lambda: MAINTENANT)
    with transaction.atomic():
        scene = Scene()
        DemandeDAccesFactory(etablissement=scene.lycee, message="Je remplace M. Roche.")
    return scene


@pytest.fixture
def guichets(settings):
    with fournisseur_ouvert() as fournisseur:
        settings.ARENA = portail()
        settings.FOURNISSEURS_D_IDENTITE = {"proconnect": fournisseur.reglages()}
        directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        menent_ailleurs = ["'self'", *sorties(settings.ARENA, settings.FOURNISSEURS_D_IDENTITE)]
        settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": directives | {"form-action": menent_ailleurs}}
        yield fournisseur


@pytest.fixture
def ouvrir(chromium, live_server, connecter):
    def _ouvrir(personne=None, *, script=True):
        contexte = chromium.new_context(base_url=live_server.url, java_script_enabled=script, locale="fr-FR")
        if personne is not None:
            session = connecter(personne).cookies[reglages.SESSION_COOKIE_NAME].value
            temoin = {"name": reglages.SESSION_COOKIE_NAME, "value": session, "url": live_server.url, "httpOnly": True}
            contexte.add_cookies([temoin])
        return contexte.new_page()

    return _ouvrir


def controler(page) -> None:
    for largeur, theme in VUES:
        page.set_viewport_size({"width": largeur, "height": 768})
        page.emulate_media(color_scheme=theme)
        page.reload()
        assert defauts_de(page) == [], f"{page.url} à {largeur} px, {theme}"


@pytest.mark.parametrize("script", [True, False], ids=["avec script", "sans script"])
def test_une_personne_reconnue_demande_l_acces_son_chef_l_ouvre_et_elle_entre(scene, guichets, ouvrir, script):
    elle = ouvrir(script=script)
    elle.goto("/connexion/")
    if script:
        controler(elle)
    expect(elle.get_by_role("link", name="Se connecter avec ARENA")).to_be_visible()
    elle.get_by_role("link", name="Se connecter avec ProConnect").click()
    expect(elle.get_by_role("heading", level=1)).to_have_text("Votre compte n’est pas encore ouvert dans Passpro")
    if script:
        controler(elle)
    elle.get_by_label("Code UAI de l’établissement").fill(scene.college.uai.lower())
    elle.get_by_label("Fonction").fill("Secrétaire")
    elle.get_by_role("button", name="Demander l’accès").click()
    expect(elle.get_by_text("Votre demande est envoyée.")).to_be_visible()

    chef = ouvrir(scene.chef_origine.personne, script=script)
    chef.goto(reverse("candidatures:equipe_origine", args=[scene.college.segment]))
    if script:
        controler(chef)
    chef.get_by_role("link", name="Claire Petit, Secrétaire").click()
    if script:
        controler(chef)
    chef.get_by_role("button", name="Ouvrir l’accès").click()
    expect(chef.get_by_text("L’accès de Claire Petit est ouvert.")).to_be_visible()

    elle.goto("/connexion/")
    elle.get_by_role("link", name="Se connecter avec ProConnect").click()
    expect(elle.get_by_role("heading", level=1)).to_have_text("À faire")
    # La politique de contenu laisse le formulaire mener jusqu'à la fin de session du fournisseur.
    elle.get_by_role("button", name="Se déconnecter").click()
    expect(elle).to_have_title("Au revoir")


def test_le_saio_traite_une_demande(scene, guichets, ouvrir):
    saio = ouvrir(scene.saio.personne)
    saio.goto(reverse("referentiel:demandes_d_acces"))
    controler(saio)
    saio.get_by_role("link", name="Traiter la demande de").click()
    controler(saio)
    saio.get_by_role("button", name="Refuser la demande").click()
    expect(saio.get_by_text("Écrivez la raison du refus.").first).to_be_visible()
    controler(saio)
    saio.get_by_label("Raison du refus").fill("Cette personne n’est pas de l’établissement.")
    saio.get_by_role("button", name="Refuser la demande").click()
    expect(saio.get_by_text("Aucune demande d’accès à traiter.")).to_be_visible()
