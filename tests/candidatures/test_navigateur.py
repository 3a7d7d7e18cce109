"""L'inscription et la saisie des avis dans un vrai navigateur : gestes, clavier, accessibilité."""

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from candidatures.models import Candidature, FormationDemandee
from candidatures.rules import Etat
from tests.accessibilite import defauts_de
from tests.factories.inscriptions import COMMENTAIRE, Monde

pytestmark = [
    pytest.mark.navigateur,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("en_mars"),
]

COMPTER_LES_GESTES = """
addEventListener("pointerdown", () => {
  sessionStorage.gestes = Number(sessionStorage.gestes || 0) + 1;
}, true);
"""


@pytest.fixture
def monde(transactional_db) -> Monde:
    with transaction.atomic():
        return Monde()


@pytest.fixture
def ouvrir(chromium, live_server, monde, connecter):
    """Ouvre une page au nom du chef de l'établissement d'origine."""

    def _ouvrir(nom: str, *, largeur: int = 1366, script: bool = True, **segments: str):
        contexte = chromium.new_context(
            base_url=live_server.url, viewport={"width": largeur, "height": 768}, java_script_enabled=script
        )
        session = connecter(monde.chef).cookies[settings.SESSION_COOKIE_NAME].value
        contexte.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        contexte.add_init_script(COMPTER_LES_GESTES)
        page = contexte.new_page()
        page.goto(reverse(f"candidatures:{nom}", kwargs={"uai": monde.uai, **segments}))
        return page

    return _ouvrir


def inscrire_avec_trois_formations(monde, page) -> None:
    page.locator("summary").get_by_text("Hôtellerie-restauration").click()
    for formation in monde.formations:
        page.get_by_text(formation.intitule, exact=True).click()
    page.get_by_role("button", name="Continuer").click()
    for rang in range(3):
        page.get_by_role("radio", name="Favorable", exact=True).nth(rang).click()
        page.locator("textarea").nth(rang).fill(COMMENTAIRE)
    page.locator("button.fr-btn", has_text="Continuer").click()
    page.get_by_role("button", name="Inscrire l’élève").click()


@pytest.mark.parametrize("script", [True, False])
def test_trois_formations_et_leurs_avis_en_douze_gestes(monde, ouvrir, script):
    """« Inscrire », sur la liste des élèves, est le douzième (objectif G1)."""
    page = ouvrir("inscription_formations", code=monde.eleve().code, script=script)
    inscrire_avec_trois_formations(monde, page)
    page.wait_for_url("**/eleves/*/")

    candidature = Candidature.objects.get()
    assert candidature.etat == Etat.INSCRITE
    assert all(demande.avis_complet for demande in candidature.formations_demandees.all())
    if script:
        assert 1 + int(page.evaluate("sessionStorage.gestes")) <= 12


def test_une_classe_se_saisit_sans_souris(monde, ouvrir):
    for rang in range(3):
        monde.inscrit(monde.eleve(nom=f"Eleve{rang}"), formations=2)
    page = ouvrir("avis_classe", classe="3e-b")
    page.locator("input[type=radio]").first.focus()
    for lettre in "farfar":
        page.keyboard.press(lettre)
        page.keyboard.press("Tab")
        page.keyboard.type(COMMENTAIRE)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=tous les avis de 3e B sont saisis")
    assert sorted(FormationDemandee.objects.values_list("avis", flat=True)) == (
        ["assez_favorable"] * 2 + ["favorable"] * 2 + ["reserve"] * 2
    )


def test_la_recherche_replie_ce_qui_ne_correspond_pas(monde, ouvrir):
    monde.domaine("Santé et social", "Accompagnement")
    page = ouvrir("inscription_formations", code=monde.eleve().code)
    page.get_by_label("Rechercher une formation").fill("patissier")
    assert page.get_by_text("CAP Pâtissier", exact=True).is_visible()
    assert not page.get_by_text("Santé et social").first.is_visible()


ECRANS = ["formations", "avis", "recapitulatif", "classes", "classe", "eleve", "desistement"]


@pytest.mark.parametrize("largeur", [1366, 320])
@pytest.mark.parametrize("ecran", ECRANS)
@pytest.mark.longue
def test_les_ecrans_sont_accessibles_et_tiennent_en_largeur(monde, ouvrir, ecran, largeur):
    for rang in range(5):
        monde.autre_accueil(etablissement__nom=f"Lycée {rang}")
    brouillon = monde.inscrit(formations=2, en_brouillon=True)
    inscrite = monde.inscrit(formations=2)
    nom, segments = {
        "formations": ("inscription_formations", {"code": brouillon.eleve.code}),
        "avis": ("inscription_avis", {"code": brouillon.eleve.code}),
        "recapitulatif": ("inscription_recapitulatif", {"code": brouillon.eleve.code}),
        "classes": ("avis", {}),
        "classe": ("avis_classe", {"classe": "3e-b"}),
        "eleve": ("eleve_ajouter", {}),
        "desistement": ("desistement", {"code": inscrite.code}),
    }[ecran]
    page = ouvrir(nom, largeur=largeur, **segments)
    assert defauts_de(page) == []
