"""Dossier de candidature, lettre de préparation, guide : vierges pour tous, préremplis pour l'élève (R17, R20)."""

import io
from datetime import date

import page
import pytest
from django.urls import reverse
from pypdf import PdfReader

from tests.factories.candidatures import CandidatureFactory, EleveFactory, FormationDemandeeFactory
from tests.factories.referentiel import AccueilFactory, CampagneFactory, RattachementFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def campagne():
    return CampagneFactory()


@pytest.fixture
def chef(campagne):
    return RattachementFactory(etablissement__academie=campagne.academie, role="chef", origine=True)


@pytest.fixture
def eleve(campagne, chef):
    return EleveFactory(
        campagne=campagne,
        etablissement=chef.etablissement,
        nom="Diallo",
        prenom="Yanis",
        classe="3e B",
        ine="120890177FA",
        date_de_naissance=date(2011, 5, 14),
    )


def candidature_a(eleve, campagne, nombre=1):
    accueil = AccueilFactory(domaine__campagne=campagne)
    return CandidatureFactory(eleve=eleve, accueil=accueil, formations=nombre)


def texte_de(reponse) -> str:
    assert reponse["Content-Type"] == "application/pdf", reponse.content[:200]
    rapport = page.validate_pdf_bytes(reponse.content, profile="ua1")
    assert rapport.is_compliant, rapport
    return "\n".join(feuille.extract_text() for feuille in PdfReader(io.BytesIO(reponse.content)).pages)


def regler(campagne, **regles):
    for champ, valeur in regles.items():
        setattr(campagne.regles, champ, valeur)
    campagne.regles.save()


class TestVierges:
    @pytest.mark.parametrize("papier", ["dossier", "lettre", "guide"])
    def test_chaque_papier_se_lit_et_se_telecharge_sans_connexion(self, client, campagne, papier):
        assert client.get(reverse("candidatures:document", args=[papier])).status_code == 200
        assert texte_de(client.get(reverse("candidatures:document_pdf", args=[papier])))

    def test_la_page_et_le_pdf_de_la_lettre_posent_les_memes_douze_questions(self, client, campagne):
        en_page = client.get(reverse("candidatures:document", args=["lettre"])).content.decode()
        en_pdf = texte_de(client.get(reverse("candidatures:document_pdf", args=["lettre"])))
        assert "12. D’après vous, quels sont les inconvénients" in en_page
        assert "12. D’après vous, quels sont les inconvénients" in en_pdf

    @pytest.mark.parametrize(("regle", "mot"), [("facultative", "vous pouvez"), ("obligatoire", "vous devez")])
    def test_la_lettre_dit_si_elle_est_obligatoire(self, client, campagne, regle, mot):
        regler(campagne, lettre=regle)
        assert mot in client.get(reverse("candidatures:document", args=["lettre"])).content.decode()

    def test_sans_lettre_dans_la_campagne_il_n_y_a_pas_de_lettre(self, client, campagne):
        regler(campagne, lettre="sans_objet")
        assert client.get(reverse("candidatures:document", args=["lettre"])).status_code == 404
        assert "Lettre de préparation" not in client.get(reverse("candidatures:documents")).content.decode()

    def test_un_papier_inconnu_n_existe_pas(self, client, campagne):
        assert client.get(reverse("candidatures:document", args=["bulletin"])).status_code == 404

    def test_sans_campagne_la_page_le_dit(self, client):
        assert client.get(reverse("candidatures:documents")).status_code == 200


class TestPreremplis:
    def test_le_dossier_porte_l_eleve_ses_formations_et_les_avis_de_l_echelle(self, connecter, campagne, chef, eleve):
        candidature = candidature_a(eleve, campagne)
        demande = candidature.formations_demandees.get()
        texte = texte_de(
            connecter(chef.personne).get(
                reverse("candidatures:dossier_pdf", args=[chef.etablissement.segment, eleve.code])
            )
        )
        for attendu in ("DIALLO", "Yanis", "120890177FA", "14/05/2011", demande.formation.libelle, "Réservé"):
            assert attendu in texte.replace("\n", " ")

    def test_sans_candidature_le_dossier_garde_cinq_lignes_a_remplir(self, connecter, chef, eleve):
        texte = texte_de(
            connecter(chef.personne).get(
                reverse("candidatures:dossier_pdf", args=[chef.etablissement.segment, eleve.code])
            )
        )
        assert " ".join(texte.split()).count("☐ Réservé") == 5

    def test_au_dela_de_cinq_formations_le_dossier_en_porte_dix(self, connecter, campagne, chef, eleve):
        candidature_a(eleve, campagne, nombre=6)
        texte = texte_de(
            connecter(chef.personne).get(
                reverse("candidatures:dossier_pdf", args=[chef.etablissement.segment, eleve.code])
            )
        )
        assert " ".join(texte.split()).count("☐ Réservé") == 10

    def test_la_lettre_repond_a_la_premiere_question_et_tait_l_ine(self, connecter, campagne, chef, eleve):
        demande = candidature_a(eleve, campagne).formations_demandees.get()
        adresse = reverse("candidatures:lettre_pdf", args=[chef.etablissement.segment, eleve.code, demande.code])
        texte = texte_de(connecter(chef.personne).get(adresse))
        assert demande.formation.libelle in texte
        assert "120890177FA" not in texte

    def test_la_lettre_d_un_autre_eleve_n_existe_pas(self, connecter, campagne, chef, eleve):
        autre = FormationDemandeeFactory(candidature__accueil__domaine__campagne=campagne)
        adresse = reverse("candidatures:lettre_pdf", args=[chef.etablissement.segment, eleve.code, autre.code])
        assert connecter(chef.personne).get(adresse).status_code == 404
