"""Objectif G2 : soixante entretiens planifiés en six gestes au plus, avec et sans script, à toutes les largeurs."""

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from courriers.models import Courriel
from entretiens.models import Convocation, Creneau, Entretien, LigneDeProposition
from tests.accessibilite import defauts_de
from tests.factories.candidatures import EN_MARS, CandidatureFactory, EleveFactory
from tests.factories.propositions import ouvrir_des_creneaux
from tests.factories.referentiel import AccueilFactory, EtablissementFactory, RattachementFactory

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]

ELEVES, PLACES, COLLEGES = 60, 63, 6
# Chaque page compte ses gestes dans l'historique de l'onglet, qui lui survit.
GESTES = """
const ajouter = () => { window.name = String(Number(window.name || 0) + 1); };
addEventListener("click", ajouter, true);
addEventListener("keydown", ({ key, target }) => {
  if (["Enter", " "].includes(key) && !target.matches("a, button, input, select, summary")) ajouter();
}, true);
"""


@pytest.fixture
def lycee(transactional_db, monkeypatch):
    """Un lycée, soixante élèves de six collèges qui attendent, soixante-trois places."""
    monkeypatch.setattr(timezone, "now", lambda: EN_MARS)
    with transaction.atomic():
        accueil = AccueilFactory(domaine__nom="Hôtellerie-restauration")
        ouvrir_des_creneaux(accueil, PLACES)
        colleges = [EtablissementFactory() for _ in range(COLLEGES)]
        for rang in range(ELEVES):
            eleve = EleveFactory(
                campagne=accueil.domaine.campagne,
                etablissement=colleges[rang % COLLEGES],
                referent_courriel=f"referent{rang % COLLEGES}@creteil.example",
            )
            CandidatureFactory(accueil=accueil, eleve=eleve)
        accueil.chef = RattachementFactory(a_l_accueil=True, etablissement=accueil.etablissement).personne
    return accueil


@pytest.fixture
def ouvrir(chromium, live_server, lycee, connecter):
    def _ouvrir(nom, *, script=True, largeur=1366, theme="light", args=()):
        contexte = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": largeur, "height": 768},
            java_script_enabled=script,
            color_scheme=theme,
        )
        session = connecter(lycee.chef).cookies[settings.SESSION_COOKIE_NAME].value
        contexte.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        contexte.add_init_script(GESTES)
        page = contexte.new_page()
        page.goto(reverse(nom, args=[lycee.etablissement.segment, *args]))
        return page

    return _ouvrir


@pytest.mark.parametrize("script", [True, False], ids=["avec-script", "sans-script"])
def test_soixante_entretiens_se_planifient_et_se_convoquent_en_six_gestes(lycee, ouvrir, script):
    assert Creneau.objects.count() == PLACES
    page = ouvrir("pilotage:a_faire_accueil", script=script)
    etapes = [
        page.get_by_role("link", name="60 entretiens à planifier"),
        page.get_by_role("link", name="Proposer un planning"),
        page.get_by_role("button", name="Calculer une proposition"),
        page.get_by_role("button", name="Vérifier et envoyer"),
        page.get_by_role("button", name="Envoyer les 60 convocations"),
    ]
    for etape in etapes:
        etape.press("Enter")
    page.wait_for_selector("text=60 entretiens planifiés. Les courriels partent à")
    assert page.get_by_role("button", name="Annuler l’envoi").is_visible()
    gestes = int(page.evaluate("window.name")) if script else len(etapes)
    assert gestes <= 6
    assert Entretien.objects.prevus().count() == Convocation.objects.count() == ELEVES
    assert LigneDeProposition.objects.count() == 0
    adresses = set(Courriel.objects.values_list("destinataire", flat=True))
    assert adresses == {
        adresse.lower()
        for eleve in (e.eleve for e in Entretien.objects.select_related("eleve__etablissement"))
        for adresse in (eleve.etablissement.messagerie, eleve.referent_courriel)
    }
    assert Courriel.objects.count() == 2 * COLLEGES


@pytest.mark.longue
def test_les_pages_d_une_proposition_sont_accessibles_et_tiennent_en_largeur(lycee, ouvrir):
    """Réglages, proposition en erreur, autre créneau, vérification : clair et large, sombre et étroit."""
    for largeur, theme in ((1366, "light"), (320, "dark")):
        page = ouvrir("entretiens:proposer", largeur=largeur, theme=theme)
        assert not defauts_de(page)
        page.get_by_role("button", name="Calculer une proposition").click()
        listes = page.locator("[data-proposition-ligne] select")
        premiere = listes.nth(0)
        premiere.wait_for()
        assert premiere.locator("option").count() <= 8
        page.locator("[data-proposition-ligne] button").first.wait_for(state="hidden")
        assert page.get_by_role("button", name="Choisir").count() == 0
        listes.nth(1).evaluate(
            "(liste, valeur) => { const option = new Option('Le même', valeur, true, true); liste.add(option); }",
            premiere.input_value(),
        )
        page.get_by_role("button", name="Vérifier et envoyer").click()
        page.wait_for_selector("text=Deux élèves sur le même créneau")
        assert not defauts_de(page)
        assert page.title().startswith("Erreur")
        listes.nth(1).select_option("autre")
        page.get_by_role("button", name="Choisir un autre créneau").click()
        page.wait_for_selector("h1:has-text('Autre créneau pour')")
        assert not defauts_de(page)
        page.get_by_role("button", name="Choisir ce créneau").click()
        page.get_by_role("button", name="Vérifier et envoyer").click()
        page.wait_for_selector("text=60 convocations seront envoyées à 6 établissements et à 6 personnes référentes.")
        assert not defauts_de(page)
        page.context.close()
