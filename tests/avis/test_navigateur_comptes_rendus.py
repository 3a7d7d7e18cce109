"""Le compte-rendu dans un vrai navigateur : clavier, pannes, à deux, sans script, accessible (G5, G6, G11)."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from avis.models import CompteRendu
from avis.services import enregistrer_le_brouillon
from candidatures.rules import Etat
from entretiens.models import Entretien
from entretiens.rules.etats import EtatEntretien
from referentiel.models import Etablissement, MotARappeler
from referentiel.rules.dates import PARIS
from tests.factories.avis import JEUDI, LENDEMAIN, TEXTE, avis_pour, candidature_entendue, entretien_pour
from tests.factories.candidatures import CandidatureFactory
from tests.factories.referentiel import AccueilFactory, FormationFactory, RattachementFactory

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]
GARDE = "[data-etat]:has-text('Brouillon enregistré à')"
APRES = LENDEMAIN.replace(year=2027, month=5, day=26, tzinfo=PARIS)


@pytest.fixture(autouse=True)
def maintenant(monkeypatch):
    instant = [LENDEMAIN]
    monkeypatch.setattr("referentiel.middleware.timezone.now", lambda: instant[0])
    return instant


@pytest.fixture
def accueil(transactional_db):
    with transaction.atomic():
        return AccueilFactory()


@pytest.fixture
def chef(accueil):
    return RattachementFactory(a_l_accueil=True, etablissement=accueil.etablissement, personne__nom="Martin").personne


@pytest.fixture
def jury(accueil):
    return RattachementFactory(
        a_l_accueil=True, gestionnaire=True, etablissement=accueil.etablissement, personne__nom="Haddad"
    ).personne


@pytest.fixture
def ouvrir(chromium, live_server, connecter):
    """Ouvre une page au nom d'une personne, dans un contexte à elle."""

    def _ouvrir(personne, adresse, *, largeur=1366, script=True, theme="light"):
        contexte = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": largeur, "height": 768},
            java_script_enabled=script,
            color_scheme=theme,
        )
        entrer(contexte, personne)
        page = contexte.new_page()
        page.goto(adresse)
        return page

    def entrer(contexte, personne) -> None:
        session = connecter(personne).cookies[settings.SESSION_COOKIE_NAME].value
        contexte.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])

    _ouvrir.entrer = entrer
    return _ouvrir


def convoquee(accueil, rang=0, **champs):
    with transaction.atomic():
        candidature = CandidatureFactory(accueil=accueil, etat=Etat.CONVOQUEE, **champs)
        entretien_pour(candidature, debut=JEUDI + timedelta(hours=rang), etat=EtatEntretien.PREVU)
    return candidature


def entendue(accueil, rang=0, **champs):
    with transaction.atomic():
        return candidature_entendue(accueil=accueil, debut=JEUDI + timedelta(hours=rang), **champs)


def adresse(candidature) -> str:
    return reverse("avis:compte_rendu", args=[candidature.accueil.etablissement.segment, candidature.code])


def liste(accueil) -> str:
    return reverse("avis:comptes_rendus", args=[accueil.etablissement.segment])


def texte_garde() -> str:
    return CompteRendu.objects.get().texte


def test_un_compte_rendu_se_saisit_au_clavier_et_rien_ne_se_perd(accueil, chef, jury, ouvrir, maintenant):
    """Clavier, coupure, panne, session expirée, conflit : ce qui est tapé reste, et finit par être transmis."""
    MotARappeler.objects.create(campagne=accueil.domaine.campagne, mot="bulletin", famille="résultats")
    candidature, suivante = convoquee(accueil), entendue(accueil, 1)
    page = ouvrir(chef, adresse(candidature))
    zone = page.locator("textarea[name=texte]")

    page.locator("input[name=presence][value=oui]").focus()
    page.keyboard.press("Space")
    zone.focus()
    page.keyboard.insert_text("Son bulletin est bon.")
    page.wait_for_selector("[data-avis-rappel]:has-text('bulletin')")
    page.wait_for_selector(GARDE)
    assert texte_garde() == "Son bulletin est bon."

    page.context.set_offline(True)
    zone.fill("Pendant la coupure.")
    page.wait_for_selector("text=Le brouillon n’est pas enregistré. Vérifiez votre connexion.")
    zone.press("Control+Enter")
    assert zone.input_value() == "Pendant la coupure."
    page.context.set_offline(False)
    page.wait_for_selector("[data-alerte]", state="hidden")
    assert texte_garde() == "Pendant la coupure."

    page.route("**/brouillon/", lambda route: route.fulfill(status=500, body="panne"))
    zone.fill("Pendant la panne.")
    page.wait_for_selector("text=Le service rencontre un problème")
    page.unroute("**/brouillon/")
    page.locator("[data-reessayer]").click()
    page.wait_for_selector(GARDE)

    page.context.clear_cookies()
    zone.fill("Session perdue.")
    page.wait_for_selector("text=Erreur : votre session a expiré.")
    ouvrir.entrer(page.context, chef)
    page.locator("[data-reessayer]").click()
    page.wait_for_selector("[data-alerte]", state="hidden")
    assert texte_garde() == "Session perdue."

    maintenant[0] = APRES
    ouvrir.entrer(page.context, chef)
    zone.fill("Trop tard.")
    page.wait_for_selector("[data-alerte]:has-text('à recopier')")
    assert zone.input_value() == "Trop tard."
    maintenant[0] = LENDEMAIN
    page.locator("[data-reessayer]").click()
    page.wait_for_selector("[data-alerte]", state="hidden")

    with transaction.atomic():
        enregistrer_le_brouillon(
            candidature=candidature,
            texte="Le texte de la collègue.",
            avis={},
            version=CompteRendu.objects.get().version,
            par=jury,
            le=LENDEMAIN,
        )
    zone.fill(TEXTE)
    page.wait_for_selector("[data-conflit]:has-text('Mme Haddad'):has-text('Le texte de la collègue.')")
    assert zone.input_value() == TEXTE
    assert texte_garde() == "Le texte de la collègue."
    page.get_by_role("button", name="Garder ma saisie").click()
    page.wait_for_selector("[data-conflit]", state="hidden")
    page.wait_for_selector(GARDE)
    assert texte_garde() == TEXTE

    page.locator(f"input[name=avis_{candidature.formations_demandees.get().code}]").first.focus()
    page.keyboard.press("r")
    assert page.locator("input[value=reserve]:checked").count() == 1
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**{adresse(suivante)}")
    assert page.locator("#messages").inner_text().count("transmis à l’établissement d’origine") == 1
    rendu = CompteRendu.objects.get()
    assert (rendu.texte, rendu.etat, rendu.avis.get().valeur) == (TEXTE, "transmis", "reserve")


def test_sans_script_la_presence_l_ajout_et_le_conflit_passent_par_la_page(accueil, chef, jury, ouvrir):
    absente, candidature = convoquee(accueil), entendue(accueil, 1)
    with transaction.atomic():
        autre = FormationFactory(domaine=accueil.domaine)
    page = ouvrir(chef, adresse(absente), script=False)
    page.locator("input[name=presence][value=non]").check(force=True)
    page.get_by_role("button", name="Transmettre et passer au suivant").click()
    page.wait_for_url(f"**{adresse(candidature)}")
    assert Entretien.objects.get(candidature=absente).etat == EtatEntretien.ABSENT

    page.locator("textarea[name=texte]").fill(TEXTE)
    page.locator("summary", has_text="Ajouter un avis pour une autre formation").click()
    page.locator("select[name=formation_ajoutee]").select_option(label=autre.intitule)
    page.locator("input[name=avis_ajoute][value=favorable]").check(force=True)
    page.get_by_role("button", name="Ajouter cette formation").click()
    page.wait_for_selector("text=formation ajoutée, brouillon enregistré.")
    with transaction.atomic():
        enregistrer_le_brouillon(
            candidature=candidature, texte="Le sien", avis=avis_pour(candidature), version=1, par=jury, le=LENDEMAIN
        )
    for choix in page.locator("input[value=assez_favorable]").all()[:2]:
        choix.check(force=True)
    page.get_by_role("button", name="Transmettre", exact=True).click()
    page.wait_for_selector("text=Mme Haddad a modifié ce compte-rendu")
    page.get_by_role("button", name="Reprendre ma version").click()
    page.wait_for_url(f"**{liste(accueil)}")
    rendu = CompteRendu.objects.get()
    assert (rendu.texte, rendu.etat) == (TEXTE, "transmis")
    assert list(rendu.avis.values_list("valeur", flat=True)) == ["assez_favorable"] * 2


def test_la_relecture_se_fait_a_deux(accueil, chef, jury, ouvrir):
    with transaction.atomic():
        Etablissement.objects.filter(pk=accueil.etablissement.pk).update(relit_les_comptes_rendus=True)
    candidature = entendue(accueil)
    chez_le_jury = ouvrir(jury, adresse(candidature))
    chez_le_jury.locator("textarea[name=texte]").fill(TEXTE)
    chez_le_jury.locator("input[value=favorable]").first.check(force=True)
    chez_le_jury.get_by_role("button", name="Envoyer à la relecture").click()
    chez_le_jury.wait_for_selector("#messages:has-text('envoyé à la relecture')")

    chez_le_chef = ouvrir(chef, f"{liste(accueil)}?etat=a-relire")
    chez_le_chef.get_by_role("link", name="Relire le compte-rendu").click()
    chez_le_chef.wait_for_selector("text=envoyé à la relecture par Mme Haddad")
    chez_le_chef.locator("summary", has_text="Renvoyer au jury").click()
    chez_le_chef.locator("textarea[name=message]").fill("Ajoutez un conseil concret.")
    chez_le_chef.get_by_role("button", name="Renvoyer au jury").click()
    chez_le_chef.wait_for_selector("#messages:has-text('renvoyé, avec votre message')")

    chez_le_jury.goto(adresse(candidature))
    chez_le_jury.wait_for_selector("text=Ajoutez un conseil concret.")
    chez_le_jury.locator("textarea[name=texte]").fill(f"{TEXTE} Conseil.")
    chez_le_jury.get_by_role("button", name="Envoyer à la relecture").click()
    chez_le_jury.wait_for_selector("#messages:has-text('envoyé à la relecture')")
    chez_le_chef.goto(f"{adresse(candidature)}?etat=a-relire")
    chez_le_chef.get_by_role("button", name="Transmettre et passer au suivant").click()
    chez_le_chef.wait_for_selector("text=Aucun compte-rendu dans cet état.")
    rendu = CompteRendu.objects.get()
    assert (rendu.texte, rendu.transmis_par, rendu.soumis_par) == (f"{TEXTE} Conseil.", chef, jury)


@pytest.mark.longue
def test_ces_ecrans_sont_accessibles_et_tiennent_en_largeur(accueil, chef, ouvrir):
    """A11, A12 et A13 : axe, aucun débordement, en grand et clair comme en petit et sombre (G5, G10)."""
    MotARappeler.objects.create(campagne=accueil.domaine.campagne, mot="bulletin", famille="résultats")
    with transaction.atomic():
        FormationFactory(domaine=accueil.domaine)
    candidature, autre = convoquee(accueil), entendue(accueil, 1)
    with transaction.atomic():
        enregistrer_le_brouillon(
            candidature=autre, texte=TEXTE, avis={}, version=0, par=chef, le=LENDEMAIN, a_relire=True
        )
    for largeur, theme in ((1366, "light"), (320, "dark")):
        page = ouvrir(chef, liste(accueil), largeur=largeur, theme=theme)
        controler(page)
        for code in (candidature, autre):
            page.goto(adresse(code))
            controler(page)
        page.get_by_role("button", name="Transmettre et passer au suivant").click()
        page.wait_for_selector("[data-resume-erreurs]")
        controler(page)
        page.goto(liste(accueil))
        page.locator(f"[value='{autre.code}']").evaluate("une => { une.checked = true; }")
        page.locator("select[name=action]").evaluate("liste => { liste.value = 'sans_avis'; liste.form.submit(); }")
        page.wait_for_selector("text=Un compte-rendu commun est obligatoire.")
        controler(page)


def controler(page) -> None:
    page.wait_for_load_state("load")
    trouvees = Axe().run(page).response["violations"]
    assert not trouvees, [(v["id"], v["nodes"][0]["html"][:200]) for v in trouvees]
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
