"""Les pages qui ajoutent et modifient un élève (écran O4)."""

import pytest
from django.urls import reverse

from candidatures.forms import NOUVELLE_CLASSE
from candidatures.models import DemandeDeTransfert, Eleve
from tests.candidatures.test_views_inscription import adresse
from tests.factories.candidatures import EleveFactory
from tests.factories.inscriptions import APRES_LA_CAMPAGNE
from tests.factories.referentiel import RattachementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("en_mars")]
INE = "123456789AB"


@pytest.fixture
def chef(monde, connecter):
    return connecter(monde.chef)


def saisie(**champs):
    return {
        "nom": "Diallo",
        "prenom": "Yanis",
        "date_de_naissance_day": "14",
        "date_de_naissance_month": "5",
        "date_de_naissance_year": "2012",
        "ine": "",
        "classe": NOUVELLE_CLASSE,
        "nouvelle_classe": "3e B",
        "niveau": "3e",
        "referent": "",
        **champs,
    }


def test_ajouter_un_eleve_mene_a_son_dossier(monde, chef):
    reponse = chef.post(adresse(monde, "eleve_ajouter"), saisie())
    eleve = Eleve.objects.get()
    assert reponse.url == reverse("pilotage:eleve", kwargs={"uai": monde.uai, "code": eleve.code})
    assert (eleve.etablissement, eleve.classe) == (monde.college, "3e B")
    assert "Yanis DIALLO est ajouté en 3e B." in chef.get(reponse.url).content.decode()


def test_une_autre_personne_referente_demande_nom_et_courriel(monde, chef):
    page = chef.post(adresse(monde, "eleve_ajouter"), saisie(referent="autre")).content.decode()
    assert "Donnez le nom et le courriel de la personne référente." in page
    champs = saisie(referent="autre", referent_nom="Mme Petit", referent_courriel="petit@creteil.example")
    chef.post(adresse(monde, "eleve_ajouter"), champs)
    assert Eleve.objects.get().referent_nom == "Mme Petit"


def test_la_personne_referente_se_choisit_dans_l_equipe(monde, chef):
    place = monde.gestionnaire.rattachements.get()
    chef.post(adresse(monde, "eleve_ajouter"), saisie(referent=str(place.pk)))
    eleve = Eleve.objects.get()
    assert (eleve.referent_nom, eleve.referent_courriel) == (
        monde.gestionnaire.nom_affiche,
        monde.gestionnaire.courriel,
    )
    page = chef.get(adresse(monde, "eleve_modifier", code=eleve.code)).content.decode()
    assert f'value="{place.pk}" selected' in page


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"nom": ""}, "Ce champ est obligatoire"),
        ({"date_de_naissance_day": "31", "date_de_naissance_month": "2"}, "date"),
        ({"nouvelle_classe": ""}, "Choisissez une classe"),
        ({"ine": "123"}, "Un INE compte 11 caractères"),
        ({"niveau": "lycee"}, "lycee"),
    ],
)
def test_une_saisie_fausse_est_dite_et_gardee(monde, chef, champs, phrase):
    reponse = chef.post(adresse(monde, "eleve_ajouter"), saisie(**champs))
    page = reponse.content.decode()
    assert reponse.status_code == 200
    assert phrase in page
    assert 'value="Yanis"' in page
    assert not Eleve.objects.exists()


def test_un_homonyme_demande_confirmation_puis_passe(monde, chef):
    semblable = monde.eleve(nom="Diallo")
    url = adresse(monde, "eleve_ajouter")
    page = chef.post(url, saisie()).content.decode()
    assert "existe déjà dans votre établissement" in page
    assert reverse("pilotage:eleve", kwargs={"uai": monde.uai, "code": semblable.code}) in page
    assert 'type="checkbox" name="confirme"' in page
    assert chef.post(url, saisie(confirme="on")).status_code == 302
    assert Eleve.objects.count() == 2


def test_un_ine_inscrit_ailleurs_propose_le_transfert_sans_dire_ou(monde, chef):
    ailleurs = EleveFactory(campagne=monde.campagne, ine=INE, nom="Secret")
    url = adresse(monde, "eleve_ajouter")
    page = chef.post(url, saisie(ine=INE)).content.decode()
    assert "Demander son transfert" in page
    for secret in (ailleurs.etablissement.nom, ailleurs.etablissement.uai, "SECRET", ailleurs.code):
        assert secret not in page
    reponse = chef.post(url, saisie(ine=INE, transfert="1"))
    assert reponse.url == reverse("pilotage:eleves", kwargs={"uai": monde.uai})
    assert DemandeDeTransfert.objects.get().demandeur == monde.college


def test_modifier_un_eleve_part_de_ce_qui_est_connu(monde, chef):
    eleve = monde.eleve(nom="Santos", ine=INE)
    url = adresse(monde, "eleve_modifier", code=eleve.code)
    page = chef.get(url).content.decode()
    assert 'value="Santos"' in page
    assert 'value="petit@creteil.example"' in page
    assert chef.post(url, saisie(nom="Santos", classe="3e B", nouvelle_classe="3e C", ine=INE)).status_code == 302
    eleve.refresh_from_db()
    assert (eleve.classe, eleve.referent_nom) == ("3e C", "")


def test_l_adresse_d_un_etablissement_qui_n_est_pas_le_sien_n_existe_pas(monde, connecter):
    autre = RattachementFactory()
    accueil = RattachementFactory(a_l_accueil=True)
    for personne in (autre.personne, accueil.personne):
        assert connecter(personne).get(adresse(monde, "eleve_ajouter")).status_code == 404


def test_sans_connexion_la_page_demande_de_se_connecter(monde, client):
    assert client.get(adresse(monde, "eleve_ajouter")).status_code == 302


def test_apres_la_campagne_l_ajout_est_clos(monde, connecter):
    monde.le = APRES_LA_CAMPAGNE
    page = connecter(monde.chef).post(adresse(monde, "eleve_ajouter"), saisie()).content.decode()
    assert "La date limite était" in page
    assert not Eleve.objects.exists()
