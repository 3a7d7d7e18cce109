"""Les dossiers et les lettres d'une sélection d'élèves, préparés par l'atelier (R20, écrans O2 et O5)."""

import io

import page as controle
import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from referentiel.models import JeuDeRegles, Travail
from referentiel.rules.jeu import Lettre
from referentiel.services.travaux import preparer_le_prochain_travail
from tests.factories.pilotage import MAINTENANT, Scene


@pytest.fixture(autouse=True)
def fichiers(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def scene(db, monkeypatch) -> Scene:
    monkeypatch.setattr(timezone, "now", lambda: MAINTENANT)
    return Scene()


@pytest.fixture
def client(scene, connecter):
    return connecter(scene.chef_origine.personne)


def choisir(client, scene, action, *eleves):
    """L'action choisie sur la liste des élèves, telle que le navigateur l'envoie."""
    liste = reverse("pilotage:selection_d_eleves", args=[scene.college.segment])
    return client.post(liste, {"action": action, "eleve": [eleve.code for eleve in eleves]}, follow=True)


def textes_du_travail() -> tuple[Travail, list[str]]:
    assert preparer_le_prochain_travail(timezone.now)
    travail = Travail.objects.get()
    with travail.fichier.open("rb") as fichier:
        document = fichier.read()
    assert controle.validate_pdf_bytes(document, profile="ua1").is_compliant
    return travail, [feuille.extract_text() for feuille in PdfReader(io.BytesIO(document)).pages]


def test_les_dossiers_des_eleves_choisis_se_suivent_par_nom(scene, client):
    zola = scene.candidature(eleve=scene.eleve(nom="Zola")).eleve
    abadie = scene.eleve(nom="Abadie")
    reponse = choisir(client, scene, "dossiers", zola, abadie)
    assert "Dossiers de candidature de 2 élèves" in reponse.content.decode()
    travail, textes = textes_du_travail()
    assert (travail.fait, travail.erreurs) == (2, [])
    assert "ABADIE" in textes[0].upper()
    assert "ZOLA" in textes[-1].upper() + textes[-2].upper()


def test_une_lettre_par_formation_et_l_eleve_sans_formation_est_nomme(scene, client):
    inscrit = scene.candidature(formations=2).eleve
    sans = scene.eleve(nom="Bruni", prenom="Léa")
    choisir(client, scene, "lettres", inscrit, sans)
    travail, textes = textes_du_travail()
    assert [erreur["nom"] for erreur in travail.erreurs] == ["BRUNI Léa"]
    assert len(textes) == 4


def test_l_eleve_d_un_autre_college_n_y_entre_pas(scene, client):
    ailleurs = scene.eleve(etablissement=scene.autre_origine.etablissement)
    reponse = choisir(client, scene, "dossiers", ailleurs)
    assert "électionnez au moins un élève." in reponse.content.decode()
    assert not Travail.objects.exists()


def test_sans_lettre_dans_la_campagne_rien_ne_la_propose(scene, client):
    JeuDeRegles.objects.filter(campagne=scene.campagne).update(lettre=Lettre.SANS_OBJET)
    eleve = scene.candidature().eleve
    liste = client.get(reverse("pilotage:eleves", args=[scene.college.segment])).content.decode()
    assert "Imprimer les dossiers" in liste
    assert "Imprimer les lettres" not in liste
    adresse = reverse("candidatures:imprimer_les_lettres", args=[scene.college.segment])
    assert client.post(adresse, {"eleve": eleve.code}).status_code == 404
    dossier = client.get(reverse("pilotage:eleve", args=[scene.college.segment, eleve.code])).content.decode()
    assert "Lettre de préparation" not in dossier


def test_le_dossier_de_l_eleve_mene_a_chacun_de_ses_documents(scene, client):
    convoque = scene.convoquee()
    code, demande = convoque.eleve.code, convoque.candidature.formations_demandees.get()
    page = client.get(reverse("pilotage:eleve", args=[scene.college.segment, code])).content.decode()
    uai = scene.college.segment
    for adresse in (
        reverse("candidatures:dossier_pdf", args=[uai, code]),
        reverse("candidatures:lettre_pdf", args=[uai, code, demande.code]),
        reverse("entretiens:convocation", args=[uai, convoque.convocations.get().code]),
    ):
        assert f'href="{adresse}"' in page


def test_une_convocation_qui_peut_encore_etre_rappelee_n_y_est_pas(scene, client):
    planifie = scene.planifiee()
    page = client.get(reverse("pilotage:eleve", args=[scene.college.segment, planifie.eleve.code])).content.decode()
    assert "Convocation du" not in page
