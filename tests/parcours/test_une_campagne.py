"""Une campagne entière dans le navigateur : de l'inscription au collège à la fiche remise à l'élève."""

import re
from io import BytesIO

import pytest
from playwright.sync_api import Locator, Page
from pypdf import PdfReader

from candidatures.models import Candidature
from candidatures.rules import Etat
from entretiens.models import Entretien
from tests.atelier import attendre
from tests.factories.referentiel import MOT_DE_PASSE
from tests.parcours.conditions import (
    Decor,
    laisser_passer_l_entretien,
    planter_le_decor,
    prochain_jour_ouvre,
)
from tests.parcours.conftest import Visiteur

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.navigateur]

COMMENTAIRE = "Yanis a visité l’atelier et prépare son projet avec soin."
COMPTE_RENDU = "Vous connaissez le métier de cuisinier. Venez voir l’atelier lors des portes ouvertes."


@pytest.mark.parametrize("javascript", [True, False], ids=["avec script", "sans script"])
def test_de_l_inscription_a_la_fiche(visiteur, atelier, messagerie, javascript):
    decor = planter_le_decor()
    college, lycee = visiteur(javascript=javascript), visiteur(javascript=javascript)

    college.se_connecter(decor.principale.courriel, MOT_DE_PASSE)
    college.verifier_la_page()
    ajouter_l_eleve(college, decor)
    inscrire_l_eleve(college)
    candidature = Candidature.objects.get(etat=Etat.INSCRITE)

    lycee.se_connecter(decor.proviseur.courriel, MOT_DE_PASSE)
    lycee.verifier_la_page()
    creer_des_creneaux(lycee, decor)
    placer_l_eleve(lycee, decor, candidature)
    envoyer_les_convocations(lycee, decor)

    lire_la_convocation_recue(decor, messagerie)
    assert attendre(lambda: est(candidature, Etat.CONVOQUEE), au_plus=20)
    lire_la_convocation_au_college(college, decor)

    laisser_passer_l_entretien(Entretien.objects.get())
    saisir_la_presence(lycee, decor)
    rendre_compte(lycee, decor, candidature)
    assert est(candidature, Etat.RENDUE)

    lire_la_fiche(college, decor, candidature)


def cocher(portee: Page | Locator, libelle: str) -> None:
    """Clique sur l'étiquette d'une case ou d'un choix, comme le ferait une main."""
    portee.locator("label").filter(has_text=re.compile(rf"^\s*{re.escape(libelle)}\s*$")).first.click(force=True)


def est(candidature: Candidature, etat: Etat) -> bool:
    return Candidature.objects.get(pk=candidature.pk).etat == etat


def ajouter_l_eleve(college: Visiteur, decor: Decor) -> None:
    college.page.get_by_role("link", name="Élèves", exact=True).first.click()
    college.verifier_la_page()
    college.page.get_by_role("link", name="Ajouter un élève").first.click()
    college.verifier_la_page()
    page = college.page
    page.get_by_label("Nom", exact=True).fill("Diallo")
    page.get_by_label("Prénom").fill("Yanis")
    page.get_by_label("Jour", exact=True).select_option("14")
    page.get_by_label("Mois").select_option("5")
    page.get_by_label("Année").select_option(label=str(decor.campagne.annee - 15))
    if page.get_by_label("Classe", exact=True).count():
        page.get_by_label("Classe", exact=True).select_option(label="Nouvelle classe")
    page.get_by_label("Nouvelle classe").fill("3e B")
    page.get_by_label("Personne référente", exact=False).first.select_option(label="Autre personne")
    page.get_by_label("Nom de la personne référente").fill("Mme Petit")
    page.get_by_label("Courriel académique de la personne référente").fill("petit@creteil.example")
    page.get_by_role("button", name="Enregistrer l’élève").click()
    college.verifier_la_page()
    assert "DIALLO Yanis" in page.locator("h1").inner_text()


def inscrire_l_eleve(college: Visiteur) -> None:
    page = college.page
    page.get_by_role("link", name="Inscrire l’élève").first.click()
    college.verifier_la_page()
    page.locator("summary").filter(has_text="Hôtellerie-restauration").click()
    for formation in ("CAP Cuisine", "CAP Pâtissier"):
        cocher(page, formation)
    page.get_by_role("button", name="Continuer").click()
    college.verifier_la_page()
    for rang, avis in enumerate(("Favorable", "Assez favorable")):
        groupe = page.get_by_role("group", name="Avis").nth(rang)
        cocher(groupe, avis)
        page.get_by_label("Commentaire", exact=False).nth(rang).fill(COMMENTAIRE)
    page.get_by_role("button", name="Continuer").click()
    college.verifier_la_page()
    page.get_by_role("button", name="Inscrire l’élève").click()
    college.verifier_la_page()
    assert "Yanis est inscrit" in page.locator("main").inner_text()


def creer_des_creneaux(lycee: Visiteur, decor: Decor) -> None:
    page = lycee.page
    page.get_by_role("link", name="Planning").first.click()
    lycee.verifier_la_page()
    page.get_by_role("link", name="Créer des créneaux").first.click()
    lycee.verifier_la_page()
    jour = prochain_jour_ouvre().isoformat()
    page.locator("#id_du").fill(jour)
    page.locator("#id_au").fill(jour)
    cocher(page, "Exclure les vacances scolaires et les jours fériés")
    page.locator("#id_de").fill("09:00")
    page.locator("#id_a").fill("11:00")
    page.get_by_label("Ajouter un jury").fill("Jury 1")
    page.get_by_label("Salle du nouveau jury").fill("Salle 204")
    page.get_by_role("button", name="Voir l’aperçu").click()
    lycee.verifier_la_page()
    page.get_by_role("button", name="Créer les 6 créneaux").click()
    lycee.verifier_la_page()
    assert "6 créneaux créés" in page.locator("main").inner_text()


def placer_l_eleve(lycee: Visiteur, decor: Decor, candidature: Candidature) -> None:
    page = lycee.page
    page.get_by_role("link", name="Candidats").first.click()
    lycee.verifier_la_page()
    page.get_by_role("link", name="DIALLO Yanis").click()
    lycee.verifier_la_page()
    assert COMMENTAIRE in page.locator("main").inner_text()
    page.get_by_role("link", name="Planifier l’entretien").first.click()
    lycee.verifier_la_page()
    page.locator("main label").nth(1).click()
    page.get_by_role("button", name="Planifier l’entretien").click()
    lycee.verifier_la_page()
    assert est(candidature, Etat.PLANIFIEE)


def envoyer_les_convocations(lycee: Visiteur, decor: Decor) -> None:
    page = lycee.page
    page.get_by_role("link", name="Convocations").first.click()
    lycee.verifier_la_page()
    page.get_by_role("link", name="Vérifier et envoyer").first.click()
    lycee.verifier_la_page()
    page.get_by_role("button", name="Envoyer").first.click()
    lycee.verifier_la_page()


def lire_la_convocation_recue(decor: Decor, messagerie) -> None:
    assert attendre(lambda: len(messagerie.messages) == 2, au_plus=40)
    assert {m["To"] for m in messagerie.messages} == {decor.college.messagerie, "petit@creteil.example"}
    for message in messagerie.messages:
        assert "DIALLO" not in message["Subject"].upper()
        assert "Yanis" in message.get_body(("plain",)).get_content()
        assert "Yanis" in message.get_body(("html",)).get_content()
        pieces = {piece.get_content_type(): piece for piece in message.iter_attachments()}
        pdf = PdfReader(BytesIO(pieces["application/pdf"].get_payload(decode=True)))
        assert len(pdf.pages) == 1
        assert "salle 204" in pdf.pages[0].extract_text().lower()
        agenda = pieces["text/calendar"].get_payload(decode=True).decode()
        assert "METHOD:PUBLISH" in agenda
        assert "Diallo" not in agenda


def lire_la_convocation_au_college(college: Visiteur, decor: Decor) -> None:
    page = college.page
    page.get_by_role("link", name="Convocations").first.click()
    college.verifier_la_page()
    page.get_by_role("link", name="DIALLO Yanis").first.click()
    college.verifier_la_page()
    assert "salle 204" in page.locator("main").inner_text().lower()


def saisir_la_presence(lycee: Visiteur, decor: Decor) -> None:
    page = lycee.page
    page.get_by_role("link", name="À faire").first.click()
    lycee.verifier_la_page()
    page.get_by_role("link", name="présence à saisir").press("Enter")
    lycee.verifier_la_page()
    page.locator("main").get_by_role("link", name="DIALLO Yanis").click()
    lycee.verifier_la_page()
    page.get_by_role("link", name="Saisir la présence").click()
    lycee.verifier_la_page()
    groupe = page.get_by_role("group", name="Présence de DIALLO Yanis")
    cocher(groupe, "Présence")
    page.get_by_role("button", name="Enregistrer les présences").click()
    # Avec script, chaque ligne s'enregistre avant la page : seule celle qui revient porte un message.
    page.locator("#messages").wait_for()
    lycee.verifier_la_page()


def rendre_compte(lycee: Visiteur, decor: Decor, candidature: Candidature) -> None:
    page = lycee.page
    page.get_by_role("link", name="Comptes-rendus").first.click()
    lycee.verifier_la_page()
    page.get_by_role("link", name="DIALLO Yanis").first.click()
    lycee.verifier_la_page()
    page.get_by_role("textbox", name="Compte-rendu").fill(COMPTE_RENDU)
    cocher(page.get_by_role("group", name="Avis pour CAP Cuisine"), "Favorable")
    cocher(page.get_by_role("group", name="Avis pour CAP Pâtissier"), "Réservé")
    page.get_by_role("button", name="Transmettre", exact=True).click()
    # Avec script, le brouillon s'enregistre d'abord : seule la page suivante dit que l'envoi est fait.
    page.locator("#messages", has_text="transmis à l’établissement d’origine").wait_for()
    lycee.verifier_la_page()


def lire_la_fiche(college: Visiteur, decor: Decor, candidature: Candidature) -> None:
    page = college.page
    page.get_by_role("link", name="Fiches récapitulatives").first.click()
    college.verifier_la_page()
    page.get_by_role("link", name="DIALLO Yanis").first.click()
    college.verifier_la_page()
    a_lire = ("Très favorable", "Peu favorable", COMPTE_RENDU, COMMENTAIRE)
    assert all(texte in page.locator("main").inner_text() for texte in a_lire)
    adresse = page.get_by_role("link", name="Télécharger le PDF").first.get_attribute("href")
    document = PdfReader(BytesIO(college.lire_le_document(adresse)))
    texte = " ".join(" ".join(feuille.extract_text() for feuille in document.pages).split())
    assert all(attendu in texte for attendu in a_lire)
    assert document.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert decor.principale.courriel not in texte
