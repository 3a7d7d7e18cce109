"""De l'invitation au second facteur dans un vrai navigateur et une vraie messagerie (écrans C1, C3, C4 et S9)."""

import re
from base64 import b32decode

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_otp.oath import totp
from playwright.sync_api import Page, expect

from courriers.expedition import Expediteur
from courriers.models import Courriel
from courriers.services import faire_partir_un_lot
from referentiel.models import Rattachement
from tests.accessibilite import defauts_de
from tests.factories.referentiel import MOT_DE_PASSE, CampagneFactory, RattachementFactory
from tests.messagerie import serveur_de_messagerie

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]
ADRESSE, PHRASE = "nadia.ferrand@creteil.example", "une phrase assez longue"


@pytest.fixture
def chef(transactional_db) -> Rattachement:
    with transaction.atomic():
        CampagneFactory()
        return RattachementFactory(personne__mot_de_passe=MOT_DE_PASSE)


@pytest.fixture
def ouvrir(chromium, live_server):
    def _ouvrir(*, script: bool) -> Page:
        contexte = chromium.new_context(
            base_url=live_server.url, viewport={"width": 1366, "height": 900}, java_script_enabled=script
        )
        return contexte.new_page()

    return _ouvrir


def juger(page: Page, script: bool) -> None:
    """Rien ne déborde et axe ne relève rien, large et clair, puis étroit et sombre."""
    expect(page.locator("h1")).to_have_count(1)
    if not script:
        return
    for largeur, theme in ((320, "dark"), (1366, "light")):
        page.set_viewport_size({"width": largeur, "height": 900})
        page.emulate_media(color_scheme=theme)
        expect(page.locator("html")).to_have_attribute("data-fr-theme", theme)
        assert defauts_de(page) == [], (page.url, largeur)


def lien_recu() -> str:
    """Fait partir la boîte d'envoi vers un serveur SMTP, et lit le lien du message reçu."""
    with serveur_de_messagerie() as messagerie, Expediteur() as expediteur:
        faire_partir_un_lot(expediteur, le=timezone.now(), au_plus=10)
        [message] = [une for une in messagerie.messages if une["To"] == ADRESSE]
    texte = message.get_body(("plain",)).get_content()
    assert not Courriel.objects.exclude(texte="").filter(nature="invitation").exists(), "la base garde le lien"
    return re.search(r"https?://[^/\s]+(/invitation/\S+)", texte)[1]


def se_connecter(page: Page, courriel: str, mot_de_passe: str) -> None:
    page.goto("/connexion/")
    page.get_by_label("Courriel professionnel").fill(courriel)
    page.get_by_label("Mot de passe", exact=True).fill(mot_de_passe)
    page.get_by_role("button", name="Se connecter").click()


@pytest.mark.parametrize("script", [True, False], ids=["script", "sans-script"])
def test_le_chef_invite_la_personne_ouvre_son_compte_et_le_protege(ouvrir, chef, script):
    du_chef = ouvrir(script=script)
    du_chef.goto("/connexion/")
    juger(du_chef, script)
    se_connecter(du_chef, chef.personne.courriel, MOT_DE_PASSE)
    du_chef.goto(f"/origine/{chef.etablissement.segment}/equipe/")
    du_chef.get_by_role("link", name="Inviter une personne").click()
    juger(du_chef, script)
    du_chef.get_by_label("Courriel professionnel").fill(ADRESSE)
    du_chef.get_by_role("button", name="Envoyer l’invitation").click()
    expect(du_chef.get_by_role("row", name=ADRESSE)).to_contain_text("Invitation envoyée le")
    juger(du_chef, script)

    page = ouvrir(script=script)
    page.goto(lien_recu())
    juger(page, script)
    for champ, valeur in {"Prénom": "Nadia", "Nom": "Ferrand", "Mot de passe": PHRASE}.items():
        page.get_by_label(champ, exact=True).fill(valeur)
    page.get_by_label("Le même mot de passe, une seconde fois").fill(PHRASE)
    if script:
        page.get_by_text("Afficher les mots de passe").click()
        expect(page.get_by_label("Mot de passe", exact=True)).to_have_attribute("type", "text")
    page.get_by_role("button", name="Ouvrir mon compte").click()
    expect(page.get_by_text("Votre compte est ouvert.")).to_be_visible()
    du_chef.reload()
    expect(du_chef.get_by_role("row", name="Nadia Ferrand")).to_contain_text("Actif")

    page.goto("/compte/securite/")
    page.get_by_role("link", name="Activer le second facteur").click()
    page.get_by_role("button", name="Commencer").click()
    juger(page, script)
    secret = b32decode(page.locator(".pp-secret").inner_text().replace(" ", ""))
    page.get_by_label("Code à 6").fill(f"{totp(secret):06d}")
    page.get_by_role("button", name="Activer le second facteur").click()
    expect(page.locator(".pp-codes li")).to_have_count(10)
    de_secours = page.locator(".pp-codes li").first.inner_text()
    juger(page, script)
    page.get_by_role("link", name="J’ai gardé mes codes").click()
    juger(page, script)

    ailleurs = ouvrir(script=script)
    se_connecter(ailleurs, ADRESSE, PHRASE)
    expect(ailleurs.get_by_role("heading", level=1)).to_have_text("Votre code de connexion")
    juger(ailleurs, script)
    ailleurs.get_by_label("code de secours").fill(de_secours)
    ailleurs.get_by_role("button", name="Continuer").click()
    expect(ailleurs.get_by_role("heading", level=1)).to_have_text("À faire")

    page.reload()
    expect(page.get_by_role("button", name="Fermer la session")).to_have_count(1)
    page.get_by_role("button", name="Fermer mes autres sessions").click()
    expect(page.get_by_text("Votre autre session est fermée.")).to_be_visible()
    ailleurs.goto("/compte/")
    expect(ailleurs.get_by_role("heading", level=1)).to_have_text("Se connecter à Passpro")
    ailleurs.get_by_role("link", name="Mot de passe oublié").click()
    juger(ailleurs, script)


@pytest.mark.longue
def test_les_pages_du_saio_sont_accessibles(ouvrir, connecter, chef):
    with transaction.atomic():
        saio = RattachementFactory(saio=True).personne
    page = ouvrir(script=True)
    session = connecter(saio).cookies[settings.SESSION_COOKIE_NAME].value
    temoin = {"name": settings.SESSION_COOKIE_NAME, "value": session, "domain": "127.0.0.1", "path": "/"}
    page.context.add_cookies([temoin])
    for adresse in ("utilisateurs/", f"utilisateurs/{chef.personne.pk}/", "invitations/inviter/", "invitations/liste/"):
        page.goto(f"/academie/{adresse}")
        juger(page, script=True)
    ligne = f"{ADRESSE} ; {chef.etablissement.uai} ; CPE"
    liste = page.get_by_role("textbox", name="Personnes à inviter")
    liste.fill(f"{ligne}\nfaux ; 0940001 ; CPE")
    page.get_by_role("button", name="Vérifier la liste").click()
    expect(page.get_by_text("1 ligne à corriger.")).to_be_visible()
    juger(page, script=True)
    liste.fill(ligne)
    page.get_by_role("button", name="Vérifier la liste").click()
    page.get_by_role("button", name="Envoyer l’invitation").click()
    expect(page.get_by_role("row", name=ADRESSE)).to_contain_text("Invitation envoyée le")
    juger(page, script=True)


def test_le_papier_est_clair_meme_d_un_ecran_sombre(ouvrir, chef):
    page = ouvrir(script=True)
    page.emulate_media(color_scheme="dark")
    page.goto("/connexion/")
    html = page.locator("html")
    for moment, theme in (("beforeprint", "light"), ("afterprint", "dark")):
        page.evaluate("moment => dispatchEvent(new Event(moment))", moment)
        expect(html).to_have_attribute("data-fr-theme", theme)
