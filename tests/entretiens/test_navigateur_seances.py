"""Présences, séances collectives et planning dans un vrai navigateur, avec et sans script (A4, A9, A10)."""

from datetime import time

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from candidatures.models import Candidature
from candidatures.rules import Etat
from entretiens.models import Entretien, Seance
from entretiens.rules.etats import EtatEntretien
from entretiens.rules.series import Poste
from referentiel.models import Accueil
from referentiel.rules.jeu import Modalite
from tests.accessibilite import defauts_de
from tests.factories.candidatures import EN_MARS, CandidatureFactory
from tests.factories.entretiens import JEUDI, JuryFactory, instant, ouvrir, placer
from tests.factories.referentiel import AccueilFactory, RattachementFactory

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]

PREVU, TENU, ABSENT, EXCUSE = (
    EtatEntretien.PREVU,
    EtatEntretien.TENU,
    EtatEntretien.ABSENT,
    EtatEntretien.EXCUSE,
)
APRES_LA_SEANCE = instant(16)
TAILLE_MINIMALE = 44


class Lycee:
    """Un lycée à un instant donné, et un navigateur ouvert à son nom."""

    def __init__(self, monkeypatch) -> None:
        self.monkeypatch = monkeypatch
        self.a_l_heure(EN_MARS)
        with transaction.atomic():
            place = RattachementFactory(a_l_accueil=True)
        self.etablissement, self.personne = place.etablissement, place.personne

    def a_l_heure(self, le) -> None:
        self.le = le
        self.monkeypatch.setattr(timezone, "now", lambda: self.le)

    def accueil(self, **champs) -> Accueil:
        return AccueilFactory(etablissement=self.etablissement, **champs)

    def adresse(self, nom: str, *args) -> str:
        return reverse(f"entretiens:{nom}", args=[self.etablissement.segment, *args])


@pytest.fixture
def lycee(transactional_db, monkeypatch) -> Lycee:
    return Lycee(monkeypatch)


@pytest.fixture
def ouvrir_la_page(chromium, live_server, lycee, connecter):
    def _ouvrir(adresse, *, largeur=1366, script=True, theme="light"):
        contexte = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": largeur, "height": 768},
            java_script_enabled=script,
            color_scheme=theme,
            locale="fr-FR",
        )
        contexte.clock.set_fixed_time(lycee.le)
        session = connecter(lycee.personne).cookies[settings.SESSION_COOKIE_NAME].value
        contexte.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        page = contexte.new_page()
        page.goto(adresse)
        return page

    return _ouvrir


def une_matinee(lycee) -> list[Entretien]:
    """Trois entretiens à 9 h, 9 h 20 et 9 h 40 ; il est 9 h 30."""
    with transaction.atomic():
        accueil = lycee.accueil()
        entretiens = [placer(CandidatureFactory(accueil=accueil), creneau) for creneau in ouvrir(accueil)]
    lycee.a_l_heure(instant(9, 30))
    return entretiens


def etats(entretiens) -> list[str]:
    return [Entretien.objects.get(pk=entretien.pk).etat for entretien in entretiens]


def perdre_la_prochaine_reponse(page, adresse: str) -> None:
    """Le serveur reçoit l'envoi et écrit ; sa réponse n'arrive jamais."""

    def perdre(route):
        route.fetch()
        route.abort()

    page.route(adresse, perdre, times=1)


def test_les_presences_se_notent_au_fur_et_a_mesure_sur_un_telephone(lycee, ouvrir_la_page):
    """Touches P, A et R, réseau coupé, réponse perdue, report à confirmer, cibles de 44 pixels, sombre et étroit."""
    entretiens = une_matinee(lycee)
    page = ouvrir_la_page(lycee.adresse("presences"), largeur=320, theme="dark")
    lignes = page.locator("[data-presence-ligne]")
    premiere, deuxieme = lignes.nth(0), lignes.nth(1)

    premiere.locator("input[type=radio]").first.focus()
    page.keyboard.press("a")
    premiere.get_by_text("Enregistré à").wait_for()
    assert etats(entretiens) == [ABSENT, PREVU, PREVU]
    assert page.locator("[data-presence-bilan]").inner_text() == "1 sur 3 notées"

    page.context.set_offline(True)
    premiere.locator("input[type=radio]").first.focus()
    page.keyboard.press("p")
    page.get_by_text("Erreur : 1 ligne n’est pas enregistrée. Vérifiez votre connexion.").wait_for()
    assert premiere.locator("input[type=radio]:checked").get_attribute("value") == "tenu"
    assert defauts_de(page) == []
    page.context.set_offline(False)
    premiere.get_by_text("Enregistré à").wait_for()
    assert etats(entretiens)[0] == TENU

    perdre_la_prochaine_reponse(page, "**/presences/*/")
    premiere.locator("input[type=radio]").first.focus()
    page.keyboard.press("a")
    premiere.get_by_text("Non enregistré").wait_for()
    assert etats(entretiens)[0] == ABSENT
    page.keyboard.press("p")
    premiere.get_by_text("Enregistré à").wait_for()
    assert etats(entretiens)[0] == TENU, "on n'est pas en conflit avec sa propre réponse, perdue en chemin"

    deuxieme.locator("input[type=radio]").first.focus()
    page.keyboard.press("r")
    deuxieme.get_by_text("Report à confirmer").wait_for()
    tailles = page.locator("label:visible, button:visible").filter(has_text="Confirmer").all()
    tailles += lignes.locator("label").all()
    assert all(taille.bounding_box()["height"] >= TAILLE_MINIMALE for taille in tailles)
    deuxieme.get_by_role("button", name="Confirmer le report").click()
    deuxieme.get_by_text("Enregistré à").wait_for()
    assert etats(entretiens) == [TENU, EXCUSE, PREVU]
    assert deuxieme.locator("input[type=radio]:enabled").count() == 0

    lycee.a_l_heure(instant(10))
    page.context.clock.set_fixed_time(lycee.le)
    page.get_by_role("button", name="Cocher « Présence » pour tous").click()
    page.get_by_text("Succès : toutes les présences du jour sont notées.").wait_for()
    assert etats(entretiens) == [TENU, EXCUSE, TENU]
    page.reload()
    assert page.locator("input[type=radio]:checked").count() == 2
    assert page.locator(f"#presence-{entretiens[1].code}").get_by_text("À reporter").is_visible()


def test_sans_script_la_journee_s_enregistre_d_un_bouton(lycee, ouvrir_la_page):
    entretiens = une_matinee(lycee)
    page = ouvrir_la_page(lycee.adresse("presences"), script=False)
    assert not page.get_by_text("au fur et à mesure").is_visible()
    page.locator("[data-presence-ligne]").first.locator("input[value=absent]").check(force=True)
    page.get_by_role("button", name="Cocher « Présence » pour tous").click()
    assert page.locator("input[type=radio]:checked").count() == 2, "celui de 9 h 40 n'a pas commencé"
    assert etats(entretiens) == [PREVU] * 3
    page.locator(".pp-barre-fixe").get_by_role("button", name="Enregistrer les présences").click()
    assert page.get_by_text("2 présences enregistrées.").is_visible()
    assert etats(entretiens) == [ABSENT, TENU, PREVU]


@pytest.mark.parametrize("script", [True, False], ids=["avec script", "sans script"])
def test_une_seance_collective_de_son_ouverture_aux_presences(lycee, ouvrir_la_page, script):
    with transaction.atomic():
        accueil = lycee.accueil(modalite=Modalite.COLLECTIF, domaine__nom="Santé et social")
        CandidatureFactory.create_batch(3, accueil=accueil, modalite="")
    page = ouvrir_la_page(lycee.adresse("creer_une_seance"), script=script)
    page.get_by_label("Date").fill("2027-03-25")
    page.get_by_label("De", exact=True).fill("14:00")
    page.get_by_label("À", exact=True).fill("15:30")
    page.get_by_label("Salle ou point de rendez-vous").fill("Amphithéâtre")
    page.get_by_label("Places").fill("2")
    page.get_by_role("button", name="Créer la séance").click()
    assert page.get_by_text("3 élèves attendent une séance dans ce domaine.").is_visible()
    page.get_by_role("link", name="Inscrire des élèves").click()
    page.get_by_role("link", name="Tout cocher").click()
    cases = page.locator("tbody input[type=checkbox]")
    assert page.locator("tbody input[type=checkbox]:checked").count() == 2
    if script:
        cases.nth(2).check(force=True)
        page.get_by_text("3 sélectionnés. Trop d’élèves : 2 places libres seulement.").wait_for()
        cases.nth(2).uncheck(force=True)
        page.get_by_text("La séance sera complète.").wait_for()
    page.get_by_role("button", name="Inscrire les élèves cochés").click()
    assert page.get_by_text("2 inscrits – complet").is_visible()
    assert page.get_by_role("button", name="Imprimer la feuille d’émargement (PDF)").is_visible()

    lycee.a_l_heure(APRES_LA_SEANCE)
    page = ouvrir_la_page(lycee.adresse("seance", Seance.objects.get().code), script=script)
    page.get_by_role("link", name="Saisir les présences").click()
    page.get_by_role("button", name="Cocher « Présence » pour tous").click()
    page.locator(".pp-barre-fixe").get_by_role("button", name="Enregistrer les présences").click()
    page.locator("#messages").wait_for()
    assert Candidature.objects.filter(etat=Etat.SEANCE_SUIVIE).count() == 2


@pytest.mark.longue
def test_le_planning_est_accessible_et_tient_en_largeur(lycee, ouvrir_la_page):
    """Les trois vues, la journée à imprimer et la séance, larges et claires, étroites et sombres."""
    with transaction.atomic():
        accueil = lycee.accueil(modalite=Modalite.AU_CHOIX)
        jurys = [
            JuryFactory(etablissement=lycee.etablissement, nom=nom, membres="M. Haddad") for nom in ("Jury 1", "Jury 2")
        ]
        creneaux = ouvrir(accueil, postes=tuple(Poste(jury.pk, jury.nom, f"Salle {jury.pk}") for jury in jurys))
        [seance] = ouvrir(accueil, collective=True, capacite=30, de=time(14), a=time(15, 30))
        for creneau in (*creneaux[:2], seance):
            placer(CandidatureFactory(accueil=accueil, modalite=""), creneau)
        CandidatureFactory(accueil=accueil, modalite="")
    adresses = [
        lycee.adresse("planning_semaine", 2027, 12),
        lycee.adresse("planning_jour", JEUDI),
        lycee.adresse("planning_liste") + "?salle=204",
        lycee.adresse("imprimer_le_jour", JEUDI),
        lycee.adresse("seance", seance.seance.code),
        lycee.adresse("inscrire_a_la_seance", seance.seance.code) + "?tous=1",
        lycee.adresse("creer_une_seance"),
    ]
    for largeur, theme in ((1366, "light"), (320, "dark")):
        page = ouvrir_la_page(adresses[0], largeur=largeur, theme=theme)
        for adresse in adresses:
            page.goto(adresse)
            assert defauts_de(page) == []
    page.goto(adresses[5])
    assert page.get_by_text("Inscrire", exact=True).first.is_visible(), "on coche aussi sur un téléphone"
    page.goto(adresses[1])
    assert page.get_by_text("M. Haddad est dans deux jurys").is_visible()
