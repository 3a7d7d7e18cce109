"""Ce qu'une saisie hostile ou maladroite ne doit pas casser : une phrase, jamais une erreur du serveur (R41)."""

import pytest
from django.test import Client
from django.urls import reverse

from referentiel.models import Annonce, Derogation, Domaine, Etablissement, Vacances
from referentiel.rules.annuaire import lire_un_degre
from referentiel.rules.recherche import mots_cherches
from referentiel.tableurs.lecture import FichierRefuse, lire
from tests.factories.administration import un_saio
from tests.factories.referentiel import CampagneFactory, EtablissementFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def saio(connecter):
    return connecter(un_saio())


@pytest.mark.parametrize(
    "adresse",
    ["/academies/paris//ailleurs.example/", "/academies/paris/%2Failleurs.example/", "/academies/paris///ailleurs/"],
)
def test_une_academie_dans_l_adresse_ne_mene_jamais_a_un_autre_site(adresse):
    reponse = Client().get(adresse)
    assert not reponse.headers.get("Location", "").startswith("//")


def test_une_derogation_sans_periode_se_dit_dans_le_formulaire(saio):
    campagne = CampagneFactory()
    saisie = {
        "campagne": campagne.pk,
        "etablissement": EtablissementFactory().pk,
        "nature": "",
        "jusqu_au": "2027-05-03",
        "motif": "Panne de réseau",
    }
    reponse = saio.post(reverse("admin:referentiel_derogation_add"), saisie)
    assert reponse.status_code == 200
    assert "nature" in reponse.context["errors"].data[0] or reponse.context["adminform"].form.errors["nature"]
    assert not Derogation.objects.exists()


@pytest.mark.parametrize("texte", ["nan", "inf", "-inf", "1e400", "181", "-500,5"])
def test_un_degre_impossible_n_est_pas_lu(texte):
    assert lire_un_degre(texte) is None


@pytest.mark.parametrize("annee", ["0001", "9999"])
def test_une_annonce_d_un_autre_siecle_est_refusee(saio, annee):
    campagne = CampagneFactory()
    saisie = {
        "campagne": campagne.pk,
        "titre": "Gymnase",
        "texte": "Fermé.",
        "du_0": f"{annee}-01-01",
        "du_1": "00:00",
        "au_0": f"{annee}-12-31",
        "au_1": "23:59",
    }
    reponse = saio.post(reverse("admin:referentiel_annonce_add"), saisie)
    assert reponse.status_code == 200
    assert not Annonce.objects.exists()
    assert saio.get(reverse("admin:referentiel_annonce_changelist")).status_code == 200


def test_un_nom_qui_s_allonge_une_fois_sans_ligature_se_garde():
    etablissement = EtablissementFactory(nom="ﬃ" * 150, commune="ﬃ" * 80)
    assert len(Etablissement.objects.get(pk=etablissement.pk).recherche) <= 300


def test_un_domaine_sans_lettre_latine_a_une_adresse():
    domaine = Domaine.objects.create(campagne=CampagneFactory(), nom="Ειδικά")
    assert domaine.slug
    assert reverse("referentiel:domaine", args=[domaine.slug])


def test_un_mot_fait_de_s_se_cherche_tel_quel():
    [mot] = mots_cherches("ssss")
    assert mot.racine == "ssss"


@pytest.mark.parametrize("texte", ["\u200b\n\u200b", "\u200b;\u200b\n\u200b;\u200b"])
def test_un_tableau_de_cases_invisibles_est_vide(texte):
    with pytest.raises(FichierRefuse, match="aucune ligne"):
        lire(texte.encode(), "liste.csv")


def test_des_vacances_sans_fin_sont_refusees_et_la_campagne_reste_lisible(saio):
    campagne = CampagneFactory()
    saisie = {"campagne": campagne.pk, "libelle": "Été", "debut": "2027-03-01", "fin": "9999-12-31"}
    reponse = saio.post(reverse("admin:referentiel_vacances_add"), saisie)
    assert reponse.status_code == 200
    assert not Vacances.objects.exists()
    assert saio.get(reverse("admin:referentiel_campagne_change", args=[campagne.pk])).status_code == 200


def test_un_envoi_trop_long_se_dit_en_une_phrase(saio):
    reponse = saio.post(reverse("referentiel:importer_catalogue"), {"colle": "a" * 3_000_000})
    assert reponse.status_code == 400
    assert "trop long" in reponse.content.decode()


@pytest.mark.parametrize("cle", ["éé", "9" * 5000, "9" * 20, "-1", "١٢"], ids=lambda cle: repr(cle[:4]))
@pytest.mark.parametrize(("page", "champ"), [("derogation", "etablissement"), ("offre", "formation")])
def test_une_cle_qui_n_en_est_pas_une_se_dit_dans_le_formulaire(saio, page, champ, cle):
    reponse = saio.post(reverse(f"admin:referentiel_{page}_add"), {champ: cle})
    assert reponse.status_code == 200
    assert reponse.context["errors"]
