"""La saisie rapide des avis dans un vrai navigateur : clavier, enregistrement continu, pannes (G4, G9, G11, F4, F5)."""

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from candidatures.models import FormationDemandee
from candidatures.services import saisir_l_avis
from comptes.models import Trace
from referentiel.models import MotARappeler, Rattachement
from tests.accessibilite import defauts_de
from tests.factories.inscriptions import APRES_LA_CAMPAGNE, COMMENTAIRE, Monde

pytestmark = [
    pytest.mark.navigateur,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("en_mars"),
]

ELEVES, LIGNES = 28, 45
SOURIS_ET_TOUCHES = """
window.gestes = { souris: 0, touches: 0 };
const modificateurs = ["Control", "Alt", "Shift"];
addEventListener("mousedown", () => { gestes.souris += 1; }, true);
addEventListener("keydown", ({ key }) => { if (!modificateurs.includes(key)) gestes.touches += 1; }, true);
"""
COUVERT_PAR_LA_BARRE = """() => {
  const champ = document.activeElement.getBoundingClientRect();
  const barre = document.querySelector(".pp-barre-fixe").getBoundingClientRect();
  return champ.bottom > barre.top + 1 || champ.top < 0;
}"""
ENREGISTRE = "[data-avis-etat]:has-text('Enregistré à')"


@pytest.fixture
def monde(transactional_db) -> Monde:
    with transaction.atomic():
        return Monde()


@pytest.fixture
def ouvrir(chromium, live_server, monde, connecter):
    """Ouvre la saisie de 3e B au nom d'une personne ; rend la page, dans un contexte à elle."""

    def _ouvrir(par=None, *, largeur=1366, script=True, theme="light", nom="avis_classe", **segments):
        contexte = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": largeur, "height": 768},
            java_script_enabled=script,
            color_scheme=theme,
        )
        entrer(contexte, par or monde.chef)
        contexte.add_init_script(SOURIS_ET_TOUCHES)
        page = contexte.new_page()
        page.goto(reverse(f"candidatures:{nom}", kwargs={"uai": monde.uai, "classe": "3e-b", **segments}))
        return page

    def entrer(contexte, personne) -> None:
        session = connecter(personne).cookies[settings.SESSION_COOKIE_NAME].value
        contexte.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])

    _ouvrir.entrer = entrer
    return _ouvrir


def une_classe(monde) -> None:
    """Vingt-huit élèves, quarante-cinq formations demandées."""
    with transaction.atomic():
        for rang in range(ELEVES):
            monde.inscrit(monde.eleve(nom=f"Eleve{rang:02}"), formations=2 if rang < LIGNES - ELEVES else 1)


def une_ligne(monde) -> FormationDemandee:
    with transaction.atomic():
        return monde.inscrit().formations_maintenues[0]


def taper(page, texte=COMMENTAIRE, lettre="f") -> None:
    page.locator("input[type=radio]").first.focus()
    page.keyboard.press(lettre)
    page.keyboard.press("Tab")
    page.keyboard.type(texte)


def relue(demande) -> FormationDemandee:
    demande.refresh_from_db()
    return demande


# Au clavier ------------------------------------------------------------------------------------------------


def test_une_classe_de_vingt_huit_eleves_se_saisit_au_clavier_seul(monde, ouvrir):
    """Objectif G4 : trois touches au plus par formation, hors texte, aucun geste de souris, rien sous la barre (G9)."""
    une_classe(monde)
    page = ouvrir()
    for _ in range(4):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Première ligne à compléter"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.type") == "radio"
    page.evaluate("gestes.touches = 0")
    couverts = 0
    for rang in range(LIGNES):
        page.keyboard.press("far"[rang % 3])
        couverts += page.evaluate(COUVERT_PAR_LA_BARRE)
        page.keyboard.press("Tab")
        couverts += page.evaluate(COUVERT_PAR_LA_BARRE)
        page.keyboard.insert_text(f"{COMMENTAIRE} {rang}")
        if rang < LIGNES - 1:
            page.keyboard.press("Tab" if rang % 2 else "Control+Enter")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("text=Succès : tous les avis de 3e B sont saisis.")
    gestes = page.evaluate("gestes")
    assert gestes["souris"] == 0
    assert gestes["touches"] <= 3 * LIGNES
    assert couverts == 0
    commentaires = list(FormationDemandee.objects.order_by("pk").values_list("commentaire", flat=True))
    assert sorted(commentaires) == sorted(f"{COMMENTAIRE} {rang}" for rang in range(LIGNES))
    assert not FormationDemandee.objects.filter(avis="").exists()


def test_alt_entree_reprend_le_commentaire_du_dessus_sans_rien_effacer(monde, ouvrir):
    with transaction.atomic():
        monde.inscrit(formations=3)
    page = ouvrir()
    taper(page)
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Alt+Enter")
    zones = page.locator("textarea")
    assert zones.nth(1).input_value() == COMMENTAIRE
    page.keyboard.type(" Et encore.")
    page.keyboard.press("Alt+Enter")
    assert zones.nth(1).input_value() == f"{COMMENTAIRE} Et encore."
    page.keyboard.press("Alt+Shift+Enter")
    assert zones.nth(2).input_value() == f"{COMMENTAIRE} Et encore."
    assert zones.nth(0).input_value() == COMMENTAIRE


def test_les_lettres_n_agissent_que_dans_le_groupe(monde, ouvrir):
    une_ligne(monde)
    page = ouvrir()
    page.locator("textarea").focus()
    page.keyboard.type("far")
    page.locator("h1").click()
    page.keyboard.press("f")
    assert page.locator("input[type=radio]:checked").count() == 0


# Enregistrement continu --------------------------------------------------------------------------------------


def test_ce_qui_est_tape_s_enregistre_seul_et_se_retrouve(monde, ouvrir):
    demande = une_ligne(monde)
    page = ouvrir()
    taper(page)
    page.wait_for_selector(ENREGISTRE)
    assert relue(demande).avis_complet
    page.reload()
    assert page.locator("textarea").input_value() == COMMENTAIRE
    assert page.locator("input[type=radio]:checked").get_attribute("value") == "favorable"


def test_enregistrer_la_page_pendant_la_frappe_ne_fait_qu_un_effet(monde, ouvrir):
    """Le dernier texte est gardé, sans conflit avec soi-même, même bouton pressé deux fois (F6)."""
    demande = une_ligne(monde)
    page = ouvrir()
    taper(page, "")
    # D'un coup : frappé lettre à lettre, le texte s'enregistrerait en plusieurs fois sur une machine lente.
    page.keyboard.insert_text(COMMENTAIRE)
    bouton = page.locator(".pp-barre-fixe [data-avis-enregistrer]")
    bouton.dblclick()
    # La barre annonce la même phrase dès qu'un texte commencé est gardé : seule la page qui revient dit la fin.
    page.wait_for_selector("#messages >> text=tous les avis de 3e B sont saisis")
    assert (relue(demande).commentaire, demande.avis) == (COMMENTAIRE, "favorable")
    assert Trace.objects.filter(fait="avis_d_origine").count() <= 2


def test_une_coupure_puis_reessayer_ne_perd_rien(monde, ouvrir):
    demande = une_ligne(monde)
    page = ouvrir()
    page.context.set_offline(True)
    taper(page)
    page.wait_for_selector("text=Erreur : 1 ligne n’est pas enregistrée. Vérifiez votre connexion.")
    assert page.locator("textarea").input_value() == COMMENTAIRE
    assert not relue(demande).commentaire
    page.context.set_offline(False)
    # Le retour de la connexion relance aussi : le bouton peut s'effacer avant le clic, qui ne l'attend donc pas.
    page.locator("[data-avis-reessayer]").dispatch_event("click")
    page.wait_for_selector(ENREGISTRE)
    assert relue(demande).commentaire == COMMENTAIRE
    assert page.locator("[data-avis-alerte]").is_hidden()


def test_une_reponse_perdue_n_est_pas_un_conflit_avec_soi_meme(monde, ouvrir):
    """Le serveur a écrit, la réponse s'est perdue, la personne a continué : son texte l'emporte (F5)."""
    demande = une_ligne(monde)
    page = ouvrir()
    perdre = [True]

    def perdre_une_reponse(route):
        if route.request.method == "POST" and perdre.pop() if perdre else False:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/avis/lignes/**", perdre_une_reponse)
    page.locator("textarea").fill("Un texte arrivé, sans réponse.")
    page.locator("textarea").blur()
    page.wait_for_selector("text=Non enregistré")
    assert relue(demande).version == 1
    page.locator("textarea").fill("Un texte arrivé, sans réponse. Et la suite.")
    page.locator("textarea").blur()
    page.wait_for_selector("[data-avis-etat]:has-text('Avis manquant')")
    assert relue(demande).commentaire == "Un texte arrivé, sans réponse. Et la suite."
    assert page.locator("[data-avis-conflit]").is_hidden()


def test_une_panne_du_serveur_laisse_la_saisie_a_l_ecran(monde, ouvrir):
    une_ligne(monde)
    page = ouvrir()
    page.route("**/avis/lignes/**", lambda route: route.fulfill(status=500, body="panne"))
    taper(page)
    page.wait_for_selector("text=Le service rencontre un problème")
    assert page.locator("textarea").input_value() == COMMENTAIRE


def test_une_session_expiree_se_dit_puis_la_saisie_reprend_apres_reconnexion(monde, ouvrir):
    demande = une_ligne(monde)
    page = ouvrir()
    page.context.clear_cookies()
    taper(page)
    page.wait_for_selector("text=Erreur : votre session a expiré.")
    assert page.locator("textarea").input_value() == COMMENTAIRE
    ouvrir.entrer(page.context, monde.chef)
    page.locator("[data-avis-tout-reessayer]").click()
    page.wait_for_selector(ENREGISTRE)
    assert relue(demande).commentaire == COMMENTAIRE


def test_rien_ne_s_ecrit_dans_la_session_d_une_autre_personne(monde, ouvrir):
    demande = une_ligne(monde)
    Rattachement.objects.filter(personne=monde.gestionnaire).update(saisit_les_avis=True)
    page = ouvrir()
    page.context.clear_cookies()
    ouvrir.entrer(page.context, monde.gestionnaire)
    taper(page)
    page.wait_for_selector("text=ce navigateur n’est plus connecté à votre nom")
    assert page.locator("textarea").input_value() == COMMENTAIRE
    assert relue(demande).version == 0


def test_apres_la_date_limite_la_page_le_dit_et_garde_le_texte(monde, ouvrir):
    demande = une_ligne(monde)
    page = ouvrir()
    monde.le = APRES_LA_CAMPAGNE
    ouvrir.entrer(page.context, monde.chef)
    taper(page)
    page.wait_for_selector("text=date limite")
    assert page.locator("textarea").input_value() == COMMENTAIRE
    assert relue(demande).version == 0


def test_deux_personnes_sur_une_ligne_le_savent_et_ne_perdent_rien(monde, ouvrir):
    demande = une_ligne(monde)
    Rattachement.objects.filter(personne=monde.gestionnaire).update(saisit_les_avis=True)
    premiere, seconde = ouvrir(), ouvrir(monde.gestionnaire)
    taper(premiere, "Le texte de la première.")
    premiere.wait_for_selector(ENREGISTRE)
    taper(seconde, "Le texte de la seconde.", "r")
    seconde.wait_for_selector("text=Le texte de la première.")
    assert seconde.locator("textarea").input_value() == "Le texte de la seconde."
    assert relue(demande).commentaire == "Le texte de la première."
    seconde.get_by_role("button", name="Garder ma saisie").click()
    seconde.wait_for_selector(ENREGISTRE)
    assert relue(demande).commentaire == "Le texte de la seconde."

    premiere.locator("textarea").fill("La première continue.")
    premiere.wait_for_selector("text=Le texte de la seconde.")
    premiere.get_by_role("button", name="Garder la sienne").click()
    assert premiere.locator("textarea").input_value() == "Le texte de la seconde."
    assert premiere.locator("input[type=radio]:checked").get_attribute("value") == "reserve"
    assert relue(demande).avis_par == monde.gestionnaire


def test_partir_avec_une_ligne_non_enregistree_demande_confirmation(monde, ouvrir):
    une_ligne(monde)
    page = ouvrir()
    page.route("**/avis/lignes/**", lambda route: route.abort())
    taper(page)
    page.wait_for_selector("text=Vérifiez votre connexion.")
    questions = []
    page.on("dialog", lambda question: (questions.append(question.type), question.dismiss()))
    page.get_by_role("link", name="Convocations").click()
    page.wait_for_timeout(300)
    assert questions == ["beforeunload"]
    assert page.locator("textarea").input_value() == COMMENTAIRE


def test_un_commentaire_trop_court_se_dit_une_fois_quitte(monde, ouvrir):
    demande = une_ligne(monde)
    page = ouvrir()
    taper(page, "Bien")
    page.wait_for_timeout(1200)
    assert page.locator("[data-avis-erreur]").is_hidden()
    page.keyboard.press("Tab")
    page.wait_for_selector("text=il en faut au moins 10")
    assert page.locator("textarea").get_attribute("aria-invalid") == "true"
    page.locator("textarea").fill(COMMENTAIRE)
    page.wait_for_selector(ENREGISTRE)
    assert page.locator("[data-avis-erreur]").is_hidden()
    assert relue(demande).avis_complet


def test_les_mots_ecartes_se_rappellent_pendant_la_frappe(monde, ouvrir):
    MotARappeler.objects.create(campagne=monde.campagne, mot="élève brillant", famille="résultats scolaires")
    MotARappeler.objects.create(campagne=monde.campagne, mot="/20", famille="résultats scolaires")
    demande = une_ligne(monde)
    page = ouvrir()
    taper(page, "Eleves brillants ? ELEVE BRILLANT, 15/20.")
    page.wait_for_selector("[data-avis-rappel]:has-text('élève brillant'):has-text('/20')")
    page.wait_for_selector(ENREGISTRE)
    assert relue(demande).avis_complet
    page.locator("textarea").fill(COMMENTAIRE)
    page.wait_for_selector("[data-avis-rappel]", state="hidden")


# Sans script, et pour tous -----------------------------------------------------------------------------------


def test_sans_script_la_meme_classe_s_enregistre_par_le_formulaire(monde, ouvrir):
    une_classe(monde)
    page = ouvrir(script=False)
    assert not page.get_by_text("Vos saisies sont enregistrées au fur et à mesure.").is_visible()
    for rang in range(LIGNES):
        page.locator("fieldset.pp-segment").nth(rang).locator("input").nth(rang % 3).check(force=True)
        page.locator("textarea").nth(rang).fill(f"{COMMENTAIRE} {rang}")
    page.locator(".pp-barre-fixe button", has_text="Enregistrer toutes les lignes").click()
    page.wait_for_selector("text=tous les avis de 3e B sont saisis")
    assert FormationDemandee.objects.exclude(avis="").exclude(commentaire="").count() == LIGNES


@pytest.mark.parametrize(
    ("nom", "largeur", "theme"),
    [
        ("avis_classe", 1366, "light"),
        ("avis_classe", 1366, "dark"),
        ("avis_classe", 1024, "light"),
        ("avis_classe", 320, "light"),
        ("avis_classe", 320, "dark"),
        ("avis_eleve", 1366, "light"),
        ("avis_eleve", 320, "dark"),
        ("avis_grille", 1366, "light"),
        ("avis_grille", 320, "dark"),
    ],
)
@pytest.mark.longue
def test_ces_ecrans_sont_accessibles_et_tiennent_en_largeur(monde, ouvrir, nom, largeur, theme):
    MotARappeler.objects.create(campagne=monde.campagne, mot="moyenne", famille="résultats scolaires")
    with transaction.atomic():
        candidature = monde.inscrit(formations=3)
        saisir_l_avis(
            formation_demandee=candidature.formations_maintenues[1],
            avis="favorable",
            commentaire="Sa moyenne est de bon augure.",
            version=0,
            par=monde.chef,
            le=monde.le,
        )
    segments = {"code": candidature.eleve.code} if nom == "avis_eleve" else {}
    page = ouvrir(nom=nom, largeur=largeur, theme=theme, **segments)
    if nom != "avis_grille":
        page.route("**/avis/lignes/**", lambda route: route.abort())
        taper(page, "Texte en attente.")
        page.wait_for_selector("text=Vérifiez votre connexion.")
    assert defauts_de(page) == []
