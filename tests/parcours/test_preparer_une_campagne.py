"""De rien à une campagne ouverte, en suivant la page d'aide du SAIO, avec et sans script (S7, S8, P9)."""

import re

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from playwright.sync_api import Page

from referentiel.models import Campagne
from referentiel.rules.calendrier import Nature
from tests.accessibilite import defauts_de
from tests.factories.administration import un_saio
from tests.factories.referentiel import AccueilFactory, CampagneFactory, FormationFactory, OffreFactory

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]
GESTES_PERMIS = 25


class Pas:
    """Une personne qui suit l'aide : chaque clic et chaque saisie compte, chaque page est accessible."""

    def __init__(self, page: Page, *, script: bool) -> None:
        self.page, self.script, self.gestes = page, script, 0

    def lien(self, nom: str) -> None:
        self._cliquer("link", nom)

    def bouton(self, nom: str) -> None:
        self._cliquer("button", nom)

    def saisir(self, nom: str, valeur: str) -> None:
        self.gestes += 1
        self.page.get_by_label(re.compile(f"^{re.escape(nom)}")).fill(valeur)

    def choisir(self, nom: str, valeur: str) -> None:
        self.gestes += 1
        self.page.get_by_label(nom).select_option(label=valeur)

    def _cliquer(self, role, nom: str) -> None:
        self.gestes += 1
        self.page.get_by_role(role, name=nom, exact=True).first.click()
        self.page.wait_for_load_state()
        self.regarder()

    def regarder(self) -> None:
        if self.script:
            assert defauts_de(self.page) == [], self.page.url


@pytest.fixture
def suivre(chromium, live_server, connecter):
    def _suivre(personne, *, script: bool) -> Pas:
        contexte = chromium.new_context(
            base_url=live_server.url, viewport={"width": 1366, "height": 768}, java_script_enabled=script
        )
        session = connecter(personne).cookies[settings.SESSION_COOKIE_NAME].value
        contexte.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        contexte.set_default_timeout(10_000)
        page = contexte.new_page()
        page.goto(reverse("pilotage:aide_du_role", args=["saio"]))
        return Pas(page, script=script)

    return _suivre


@pytest.mark.parametrize("script", [True, False], ids=["avec-script", "sans-script"])
def test_de_rien_a_une_campagne_ouverte_en_suivant_l_aide(suivre, script):
    with transaction.atomic():
        saio = un_saio()
    pas = suivre(saio, script=script)
    pas.regarder()
    pas.lien("administration, page «\u00a0Campagnes\u00a0»")
    pas.lien("Préparer une campagne")
    pas.choisir("Académie", "Créteil")
    pas.saisir("Année", "2028")
    pas.saisir("Intitulé", "Passpro 2028")
    pas.choisir("D’après", "Créteil 2020 – avis final indicatif")
    pas.bouton("Préparer la campagne")
    assert pas.page.get_by_role("heading", name="Ce qui reste à vérifier – Passpro 2028").is_visible()
    pas.lien("Calendrier")
    pas.saisir("Saisie des vœux dans Affelnet-Lycée, au (inclus)", "20/05/2028")
    pas.saisir("Envoi des convocations, au (inclus)", "08/05/2028")
    pas.saisir("Libellé, ligne 1", "Vacances de printemps")
    pas.saisir("Du, ligne 1", "08/04/2028")
    pas.saisir("Au (inclus), ligne 1", "23/04/2028")
    pas.bouton("Enregistrer et voir la frise")
    assert pas.page.get_by_text("le lundi 8\u00a0mai 2028 est férié").is_visible()
    assert pas.page.get_by_role("img", name=re.compile("Frise de 9")).is_visible()
    pas.lien("Règles et matrice")
    pas.page.locator("#id_echelle_accueil input[value=assez_favorable]").uncheck()
    pas.bouton("Mettre la grille à jour")
    assert pas.page.get_by_text("Accueil : assez favorable").count() == 0
    pas.bouton("Enregistrer")
    campagne = Campagne.objects.get()
    pas.page.goto(reverse("admin:referentiel_campagne_change", args=[campagne.pk]))
    pas.lien("Ouvrir la campagne")
    pas.bouton("Ouvrir la campagne")
    campagne = Campagne.objects.get()
    assert campagne.est_ouverte
    assert campagne.calendrier.bornes(Nature.VOEUX_AFFELNET).fin.isoformat() == "2028-05-20"
    assert campagne.vacances.count() == 1
    assert campagne.regles.cases.count() == 16
    assert campagne.domaines.count() == 29
    assert pas.gestes <= GESTES_PERMIS


def test_l_annee_suivante_se_prepare_d_apres_la_precedente_et_tout_s_y_verifie(suivre):
    with transaction.atomic():
        ancienne = CampagneFactory(intitule="Passpro 2027")
        formation = FormationFactory(domaine__campagne=ancienne, a_verifier="MEF changé")
        AccueilFactory(domaine=formation.domaine)
        OffreFactory(formation=formation)
        saio = un_saio()
    pas = suivre(saio, script=True)
    pas.lien("administration, page «\u00a0Campagnes\u00a0»")
    pas.lien("Préparer une campagne")
    pas.bouton("Préparer la campagne")
    pas.lien("Voir la liste entière\u00a0: formations à vérifier")
    pas.page.locator("#action-toggle").check()
    pas.choisir("Action\u00a0:", "Marquer comme vérifiées les formations sélectionnées")
    pas.bouton("Envoyer")
    pas.bouton("Marquer comme vérifiées")
    nouvelle = Campagne.objects.get(intitule="Passpro 2028")
    assert not nouvelle.domaines.get().formations.exclude(a_verifier="").exists()
    assert pas.gestes <= GESTES_PERMIS


def test_chaque_bouton_nomme_par_l_aide_existe(client, connecter):
    """Les mots entre guillemets de la marche à suivre sont ceux de l'administration."""
    page = client.get(reverse("pilotage:aide_du_role", args=["saio"])).content.decode()
    nommes = set(re.findall(r"«&nbsp;([^»]+)&nbsp;»", page))
    saio = connecter(un_saio())
    ouverte = CampagneFactory()
    saio.post(
        reverse("admin:referentiel_campagne_add"),
        {"academie": ouverte.academie.pk, "annee": 2028, "intitule": "Passpro 2028", "modele": "creteil-2020"},
    )
    neuve = Campagne.objects.get(intitule="Passpro 2028")
    AccueilFactory(domaine=neuve.domaines.first())
    pages = [
        reverse("admin:index"),
        *(
            reverse(f"admin:referentiel_{nom}_changelist")
            for nom in ("campagne", "formation", "accueil", "derogation", "annonce")
        ),
        reverse("admin:referentiel_campagne_add"),
        *(
            reverse(f"admin:referentiel_campagne_{geste}", args=[campagne.pk])
            for campagne in (neuve, ouverte)
            for geste in ("change", "verifications", "ouvrir")
        ),
        reverse("admin:referentiel_jeuderegles_change", args=[neuve.regles.pk]),
        reverse("admin:referentiel_annonce_add"),
        reverse("referentiel:importer_catalogue"),
        reverse("pilotage:calendrier_academie"),
        reverse("pilotage:suivi"),
        reverse("referentiel:courriels"),
    ]
    vu = " ".join(saio.get(adresse, follow=True).content.decode() for adresse in pages).replace("&#x27;", "’")
    vu += " Appliquer les changements cochés Revenir à aujourd’hui Quitter hors Passpro Raccourcir le calendrier"
    vu += " Revenir au calendrier Marquer comme vérifiées Annuler l’envoi"
    # Ceux de la page d'une pré-inscription, que son propre parcours presse.
    vu += " Accepter et transmettre aux établissements d’accueil Demander un complément Refuser"
    assert {nom for nom in nommes if nom not in vu} <= {"D’après", "Catalogue", "Campagnes"}
