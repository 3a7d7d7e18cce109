"""L'inscription et ses changements dans un vrai navigateur : gestes comptés, sans script, accessibilité."""

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from candidatures.models import Candidature, DemandeDeCreneau, Eleve
from candidatures.rules import Etat
from tests.accessibilite import defauts_de
from tests.factories.changements import ailleurs, convoquee, demande_de_transfert
from tests.factories.inscriptions import COMMENTAIRE, Monde
from tests.factories.referentiel import RattachementFactory

pytestmark = [
    pytest.mark.navigateur,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("en_mars"),
]

# Une activation est un clic, ou Entrée ou Espace hors d'une zone de texte ; les pages sont celles qui s'ouvrent.
COMPTER_LES_ACTIVATIONS = """
const compter = (nom) => { sessionStorage[nom] = Number(sessionStorage[nom] || 0) + 1; };
compter("pages");
addEventListener("pointerdown", () => compter("activations"), true);
addEventListener("keydown", (e) => {
  if (["Enter", " "].includes(e.key) && !e.target.matches("textarea, input[type=search], input[type=text]")) {
    compter("activations");
  }
}, true);
"""


@pytest.fixture
def monde(transactional_db) -> Monde:
    with transaction.atomic():
        return Monde()


@pytest.fixture
def ouvrir(chromium, live_server, connecter):
    """Ouvre une adresse au nom d'une personne."""

    def _ouvrir(personne, adresse: str, *, largeur: int = 1366, script: bool = True, theme: str = "light"):
        contexte = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": largeur, "height": 768},
            java_script_enabled=script,
            color_scheme=theme,
        )
        session = connecter(personne).cookies[settings.SESSION_COOKIE_NAME].value
        contexte.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        contexte.add_init_script(COMPTER_LES_ACTIVATIONS)
        page = contexte.new_page()
        page.goto(adresse)
        return page

    return _ouvrir


def liste(monde) -> str:
    return reverse("pilotage:eleves", args=[monde.uai])


def compte(page, nom: str) -> int:
    return int(page.evaluate(f"sessionStorage.{nom} || 0"))


@pytest.mark.parametrize("script", [True, False])
def test_depuis_la_liste_trois_formations_avec_leurs_avis_en_douze_activations_et_cinq_pages(monde, ouvrir, script):
    """Objectif G1 : plusieurs hôtes au choix, avis compris, sans script aussi."""
    monde.autre_accueil()
    eleve = monde.eleve()
    page = ouvrir(monde.chef, liste(monde), script=script)
    page.get_by_role("link", name="Inscrire DIALLO").click()
    page.locator("summary").get_by_text("Hôtellerie-restauration").click()
    for formation in monde.formations:
        page.get_by_text(formation.intitule, exact=True).click()
    page.locator(f"label[for=id_accueil_{monde.accueil.domaine_id}_0]").click()
    page.locator("button.fr-btn", has_text="Continuer").click()
    for rang in range(3):
        page.get_by_role("radio", name="Favorable", exact=True).nth(rang).click()
        page.locator("textarea").nth(rang).fill(COMMENTAIRE)
    page.locator("button.fr-btn", has_text="Continuer").click()
    page.get_by_role("button", name="Inscrire l’élève").click()
    page.wait_for_url(f"**/eleves/{eleve.code}/")

    candidature = Candidature.objects.get()
    assert candidature.etat == Etat.INSCRITE
    assert all(demande.avis_complet for demande in candidature.formations_demandees.all())
    assert page.get_by_text("Yanis est inscrit pour 1 entretien.").is_visible()
    if script:
        assert compte(page, "activations") <= 12
        assert compte(page, "pages") <= 5


@pytest.mark.parametrize("script", [True, False])
def test_une_inscription_groupee_de_la_selection_a_la_confirmation(monde, ouvrir, script):
    libres = [monde.eleve(nom=f"Libre{rang}") for rang in range(2)]
    deja = monde.inscrit(monde.eleve(nom="Santos", prenom="Eva")).eleve
    page = ouvrir(monde.chef, liste(monde), script=script)
    for eleve in [*libres, deja]:
        page.get_by_role("checkbox", name=f"Sélectionner {eleve}").check()
    page.get_by_label("Action sur la sélection").select_option("inscrire")
    page.get_by_role("button", name="Appliquer").click()
    page.locator("summary").get_by_text("Hôtellerie-restauration").click()
    page.get_by_text("CAP Cuisine", exact=True).click()
    page.locator("button.fr-btn", has_text="Continuer").click()
    assert page.get_by_text("2 élèves seront inscrits. 1 ne peut pas l’être").is_visible()
    assert page.get_by_text("SANTOS Eva a déjà un entretien dans ce domaine.").is_visible()
    page.get_by_role("button", name="Inscrire 2 élèves").click()
    assert page.get_by_text("2 élèves inscrits").is_visible()
    assert page.get_by_role("link", name="Saisir les avis").is_visible()
    assert Candidature.objects.filter(etat=Etat.INSCRITE).count() == 3


def test_un_desistement_s_annule_sans_script(monde, ouvrir):
    candidature = monde.inscrit()
    adresse = reverse("candidatures:desistement", args=[monde.uai, candidature.code])
    page = ouvrir(monde.chef, adresse, script=False)
    page.get_by_text("Erreur d’inscription").click()
    page.get_by_role("button", name="Enregistrer le désistement").click()
    page.get_by_role("link", name="L’annuler dans les 10 minutes").click()
    page.get_by_role("button", name="Annuler ce désistement").click()
    assert page.get_by_text("Désistement annulé. La candidature reprend comme avant").is_visible()
    candidature.refresh_from_db()
    assert candidature.etat == Etat.INSCRITE


def tout_preparer(monde) -> dict[str, tuple]:
    """Chaque écran de la pièce, dans une situation pleine : qui l'ouvre, à quelle adresse."""
    for rang in range(5):
        monde.autre_accueil(etablissement__nom=f"Lycée {rang}")
    saio = RattachementFactory(saio=True).personne
    accueil = RattachementFactory(a_l_accueil=True, etablissement=monde.accueil.etablissement).personne
    libre, inscrite = monde.eleve(nom="Libre"), monde.inscrit(monde.eleve(nom="Inscrite"))
    transfert = demande_de_transfert(monde, inscrite.eleve, ailleurs())
    attendue = monde.inscrit(formations=2)
    convoquee(monde, attendue)
    DemandeDeCreneau.objects.create(
        candidature=attendue, motif="stage", message="Stage en mars.", par=monde.chef, demandee_le=monde.le
    )
    du_lycee = monde.accueil.etablissement.segment
    return {
        "liste": (monde.chef, liste(monde)),
        "recherche": (monde.chef, reverse("candidatures:inscription", args=[monde.uai]) + "?q=libre"),
        "formations": (
            monde.chef,
            reverse("candidatures:inscription_formations", args=[monde.uai, libre.code]) + "?depuis=recherche",
        ),
        "dossier": (monde.chef, reverse("pilotage:eleve", args=[monde.uai, inscrite.eleve.code])),
        "candidature": (monde.chef, reverse("pilotage:candidature_origine", args=[monde.uai, attendue.code])),
        "modifier": (monde.chef, reverse("candidatures:candidature_formations", args=[monde.uai, attendue.code])),
        "etablissement": (monde.chef, reverse("candidatures:candidature_accueil", args=[monde.uai, attendue.code])),
        "creneau": (monde.chef, reverse("candidatures:autre_creneau", args=[monde.uai, inscrite.code])),
        "supprimer": (monde.chef, reverse("candidatures:eleve_supprimer", args=[monde.uai, libre.code])),
        "transferts": (monde.chef, reverse("candidatures:transferts", args=[monde.uai])),
        "transfert": (monde.chef, reverse("candidatures:transfert", args=[monde.uai, transfert.code])),
        "transferts_academie": (saio, reverse("candidatures:transferts_academie")),
        "transfert_academie": (saio, reverse("candidatures:transfert_academie", args=[transfert.code])),
        "demande": (accueil, reverse("entretiens:demande_de_creneau", args=[du_lycee, attendue.code])),
        "annulation": (accueil, reverse("entretiens:annuler_la_candidature", args=[du_lycee, inscrite.code])),
        "candidat": (accueil, reverse("pilotage:candidature_accueil", args=[du_lycee, attendue.code])),
    }


@pytest.mark.parametrize(("largeur", "theme"), [(1366, "light"), (320, "dark")])
@pytest.mark.longue
def test_les_ecrans_sont_accessibles_et_tiennent_en_largeur(monde, ouvrir, largeur, theme):
    defauts = {}
    for nom, (personne, adresse) in tout_preparer(monde).items():
        page = ouvrir(personne, adresse, largeur=largeur, theme=theme)
        if trouves := defauts_de(page):
            defauts[nom] = trouves
        page.context.close()
    assert not defauts


def test_la_selection_est_accessible_pas_a_pas(monde, ouvrir):
    for rang in range(3):
        monde.eleve(nom=f"Libre{rang}")
    for action in ("inscrire", "referent"):
        page = ouvrir(monde.chef, liste(monde))
        for case in page.locator("td.pp-table__case input").all():
            case.check()
        page.get_by_label("Action sur la sélection").select_option(action)
        page.get_by_role("button", name="Appliquer").click()
        page.wait_for_load_state()
        assert defauts_de(page) == []
        page.context.close()
    assert Eleve.objects.count() == 3


def test_un_eleve_se_trouve_puis_s_inscrit_en_quatre_etapes(monde, ouvrir):
    monde.eleve(nom="Benali")
    page = ouvrir(monde.chef, reverse("candidatures:inscription", args=[monde.uai]))
    assert page.get_by_text("Étape 1 sur 4").is_visible()
    page.get_by_label("Nom ou prénom de l’élève").fill("benali")
    page.get_by_role("button", name="Rechercher").click()
    page.get_by_role("link", name="BENALI Yanis").click()
    assert page.get_by_text("Étape 2 sur 4").is_visible()
    page.locator("summary").get_by_text("Hôtellerie-restauration").click()
    page.get_by_text("CAP Cuisine", exact=True).click()
    page.locator("button.fr-btn", has_text="Continuer").click()
    assert page.get_by_text("Étape 3 sur 4").is_visible()
    page.get_by_role("link", name="Saisir les avis plus tard").click()
    assert page.get_by_text("Étape 4 sur 4").is_visible()
