"""L'aperçu des textes d'une campagne, et la place que prennent les consignes sur une convocation (R5, écran 5.1)."""

from io import BytesIO

import pytest
from django.urls import reverse
from pypdf import PdfReader

from entretiens.models import Convocation
from entretiens.pdf import pdf_des_convocations
from referentiel.models import JeuDeRegles
from tests.factories.administration import regles_de, un_saio, une_campagne
from tests.factories.candidatures import CandidatureFactory
from tests.factories.entretiens import convoquer, ouvrir_un_creneau, placer
from tests.factories.referentiel import AccueilFactory, CampagneFactory, DomaineFactory, RattachementFactory

pytestmark = pytest.mark.django_db
LONGUE = ("Apportez de quoi écrire et présentez-vous à l’accueil dix minutes avant. " * 5)[:300]


def apercu(objet, modele: str) -> str:
    return reverse(f"admin:referentiel_{modele}_apercu", args=[objet.pk])


def test_l_apercu_des_regles_montre_ce_qui_vient_d_etre_tape(connecter):
    regles = regles_de(une_campagne())
    saisie = {
        "consignes": "Venez avec <b>un parent</b>.",
        "lettre": "obligatoire",
        "phrase_affelnet": "Une phrase neuve sur Affelnet-Lycée.",
    }
    page = connecter(un_saio()).post(apercu(regles, "jeuderegles"), saisie).content.decode()
    assert "Venez avec &lt;b&gt;un parent&lt;/b&gt;." in page
    assert "lettre de préparation, obligatoire" in page
    assert "Une phrase neuve sur Affelnet-Lycée." in page
    regles.refresh_from_db()
    assert regles.consignes == ""


def test_la_page_des_regles_et_celle_d_un_accueil_proposent_l_apercu(connecter):
    campagne = une_campagne()
    accueil = AccueilFactory(domaine=DomaineFactory(campagne=campagne))
    client = connecter(un_saio())
    for objet, modele in ((regles_de(campagne), "jeuderegles"), (accueil, "accueil")):
        page = client.get(reverse(f"admin:referentiel_{modele}_change", args=[objet.pk])).content.decode()
        assert f'formaction="{apercu(objet, modele)}"' in page


def test_l_apercu_d_un_accueil_montre_ses_consignes_apres_celles_de_l_academie(connecter):
    campagne = une_campagne()
    JeuDeRegles.objects.update(consignes="Consigne de l’académie.")
    accueil = AccueilFactory(domaine=DomaineFactory(campagne=campagne))
    page = connecter(un_saio()).post(apercu(accueil, "accueil"), {"consignes": "Consigne du lycée."}).content.decode()
    assert page.index("Consigne de l’académie.") < page.index("Consigne du lycée.")


def test_qui_n_administre_pas_n_a_pas_d_apercu(connecter):
    regles = regles_de(une_campagne())
    reponse = connecter(RattachementFactory().personne).post(apercu(regles, "jeuderegles"), {"consignes": "x"})
    assert reponse.status_code in {302, 403, 404}


def test_la_convocation_tient_en_une_page_avec_les_deux_consignes_au_plus_long():
    campagne = CampagneFactory(regles__consignes=LONGUE, regles__lettre="obligatoire")
    accueil = AccueilFactory(
        domaine=DomaineFactory(campagne=campagne),
        consignes=LONGUE,
        acces="RER C, station Vitry-sur-Seine, puis bus 180",
    )
    candidature = CandidatureFactory(accueil=accueil, formations=6)
    for rang, demande in enumerate(candidature.formations_demandees.select_related("formation")):
        demande.formation.libelle = f"Métiers de la réalisation d’ensembles mécaniques et industriels, champ {rang}"
        demande.formation.save()
    convoquer(placer(candidature, ouvrir_un_creneau(accueil)))
    contenu = pdf_des_convocations(list(Convocation.objects.avec_document())).contenu
    pages = PdfReader(BytesIO(contenu)).pages
    assert len(pages) == 1
    texte = " ".join(pages[0].extract_text().split())
    assert texte.count("Apportez de quoi écrire") >= 2
