"""Importer un fichier dans un vrai navigateur, avec et sans script, jusqu'à la liste des élèves."""

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from candidatures.models import Eleve
from tests.accessibilite import defauts_de
from tests.candidatures.test_import_services import DIALLO, SANTOS, deposer, importer, verifie
from tests.factories.candidatures import EleveFactory
from tests.factories.imports import INE, TITRES, en_csv, ine_invente
from tests.factories.inscriptions import Monde

pytestmark = [
    pytest.mark.navigateur,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("en_mars"),
]


@pytest.fixture
def monde(transactional_db) -> Monde:
    with transaction.atomic():
        return Monde()


@pytest.fixture
def ouvrir(chromium, live_server, monde, connecter):
    """Ouvre une page au nom du secrétariat de l'établissement d'origine."""

    def _ouvrir(url: str, *, largeur: int = 1366, script: bool = True, sombre: bool = False):
        contexte = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": largeur, "height": 768},
            java_script_enabled=script,
            color_scheme="dark" if sombre else "light",
        )
        session = connecter(monde.gestionnaire).cookies[settings.SESSION_COOKIE_NAME].value
        contexte.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        page = contexte.new_page()
        page.goto(url)
        return page

    return _ouvrir


def adresse(monde, nom: str, **segments: str) -> str:
    return reverse(f"candidatures:import_{nom}", kwargs={"uai": monde.uai, **segments})


@pytest.mark.parametrize("script", [True, False])
def test_du_fichier_a_la_liste_des_eleves(monde, ouvrir, script):
    page = ouvrir(adresse(monde, "fichier"), script=script)
    contenu = en_csv(["Nom", "Prénom", "Né(e) le", "Truc"], [["DIALLO", "Yanis", "14/05/2012", "3B"]])
    page.get_by_label("Fichier des élèves").set_input_files(
        {"name": "eleves.csv", "mimeType": "text/csv", "buffer": contenu}
    )
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Classe").select_option(label="Truc\u00a0: 3B")
    page.get_by_role("button", name="Continuer").click()
    page.get_by_text("Voir l’élève à ajouter").click()
    assert page.get_by_role("rowheader", name="DIALLO Yanis").is_visible()
    page.get_by_role("button", name="Importer 1 élève").click()
    page.get_by_text("1 élève ajouté.").wait_for()
    page.get_by_role("link", name="Inscrire des élèves").click()
    assert page.get_by_role("link", name="DIALLO Yanis").first.is_visible()
    assert Eleve.objects.get().classe == "3B"


def importation_de(monde, ecran: str):
    """Un import arrivé à l'écran demandé, avec tout ce que cet écran peut montrer."""
    if ecran == "colonnes":
        return deposer(monde, en_csv(["Nom", "Prénom", "Né(e) le", "Truc"], [["A", "B", "14/05/2012", "3B"]]))
    if ecran == "resultat":
        return importer(monde, DIALLO, SANTOS, ["PETIT", "?", "14/05/2012", "", "3A"], ignorer_les_erreurs=True)
    monde.eleve(nom="Absent")
    monde.eleve(nom="Santos", prenom="Eva", date_de_naissance="2012-01-02")
    monde.eleve(nom="Diallo", ine=ine_invente(7))
    EleveFactory(campagne=monde.campagne, ine=ine_invente(8))
    return verifie(
        monde,
        DIALLO,
        SANTOS,
        ["SOW", "Awa", "14/05/2012", ine_invente(8), "3A"],
        ["PETIT", "?", "14/05/2012", "", "3A"],
        ["NGUYEN", "Linh", "31/02/2011", "", "3A"],
        ["MARTIN", "Léa", "14/05/2012", "", "2GT4"],
        ["BERNARD", "Noé", "14/05/2012", "", "3A"],
        ["ROUX", "Jade", "14/05/2012", "", "6A"],
    )


@pytest.mark.parametrize("largeur", [1366, 320])
@pytest.mark.parametrize("ecran", ["fichier", "colonnes", "verification", "resultat"])
@pytest.mark.longue
def test_les_ecrans_de_l_import_sont_accessibles_et_tiennent_en_largeur(monde, ouvrir, ecran, largeur):
    segments = {} if ecran == "fichier" else {"code": importation_de(monde, ecran).code}
    fautes: list[str] = []
    page = ouvrir(adresse(monde, ecran, **segments), largeur=largeur)
    page.on("console", lambda message: fautes.append(message.text) if message.type == "error" else None)
    page.reload()
    if page.locator("details.pp-suite").count():
        page.locator("details.pp-suite > summary").click()
    assert defauts_de(page) == []
    assert fautes == []


def test_un_refus_garde_les_cellules_collees(monde, ouvrir):
    page = ouvrir(adresse(monde, "fichier"))
    page.get_by_label("Ou cellules collées").fill("\t".join(TITRES))
    page.get_by_role("button", name="Continuer").click()
    page.locator(".pp-resume").wait_for()
    assert page.get_by_label("Ou cellules collées").input_value() == "\t".join(TITRES)
    assert not Eleve.objects.filter(ine=INE).exists()
