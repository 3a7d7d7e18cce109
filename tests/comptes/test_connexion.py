"""Se connecter, choisir un espace, lire son compte (écrans C1 à C3)."""

import pytest
from axes.models import AccessLog
from django.test import Client
from django.urls import reverse

from comptes.models import Evenement
from passpro.demonstration.comptes import COMPTES
from tests.factories.referentiel import MOT_DE_PASSE, CampagneFactory, PersonneFactory, RattachementFactory

CONNEXION = "/connexion/"
REFUS = "Courriel ou mot de passe incorrect. Après 5 essais, le compte est bloqué 15\xa0minutes."


@pytest.fixture
def personne(db):
    return PersonneFactory(courriel="claire.petit@passpro.example", mot_de_passe=MOT_DE_PASSE)


def essayer(client, courriel: str, mot_de_passe: str, **champs: str):
    return client.post(CONNEXION, {"username": courriel, "password": mot_de_passe, **champs})


def test_le_bon_mot_de_passe_mene_aux_espaces(client, personne):
    reponse = essayer(client, personne.courriel, MOT_DE_PASSE)
    assert reponse.status_code == 302
    assert reponse.url == reverse("comptes:espaces")


def test_une_connexion_ne_s_inscrit_qu_au_journal_qui_se_purge(client, personne):
    assert essayer(client, personne.courriel, MOT_DE_PASSE).status_code == 302
    assert Evenement.objects.filter(nature=Evenement.Nature.CONNEXION).count() == 1
    assert not AccessLog.objects.exists()


def test_la_casse_du_courriel_ne_compte_pas(client, personne):
    assert essayer(client, "Claire.PETIT@passpro.example", MOT_DE_PASSE).status_code == 302


@pytest.mark.parametrize(
    ("courriel", "mot_de_passe"),
    [("claire.petit@passpro.example", "faux-mot-de-passe"), ("inconnue@passpro.example", MOT_DE_PASSE)],
)
def test_le_refus_ne_dit_pas_ce_qui_est_faux(client, personne, courriel, mot_de_passe):
    reponse = essayer(client, courriel, mot_de_passe)
    page = reponse.content.decode()
    assert reponse.status_code == 200
    assert REFUS in page
    assert "<title>Erreur\xa0: Se connecter à Passpro" in page


def test_un_compte_inactif_recoit_la_meme_reponse(client, personne):
    personne.is_active = False
    personne.save()
    assert REFUS in essayer(client, personne.courriel, MOT_DE_PASSE).content.decode()


def test_apres_cinq_essais_le_compte_attend(client, personne):
    statuts = [essayer(client, personne.courriel, f"faux-{n}").status_code for n in range(5)]
    assert statuts[:4] == [200] * 4
    reponse = essayer(client, personne.courriel, MOT_DE_PASSE)
    assert reponse.status_code == 429
    assert "Trop de demandes" in reponse.content.decode()


def test_changer_la_casse_ne_donne_pas_d_autres_essais(client, personne):
    for n in range(5):
        essayer(client, personne.courriel.upper() if n % 2 else personne.courriel, f"faux-{n}")
    assert essayer(client, personne.courriel, MOT_DE_PASSE).status_code == 429


def test_un_signe_que_la_base_confond_avec_un_autre_ne_donne_pas_d_autres_essais(client, personne):
    """« ı » a pour capitale « I » : la base y lirait l'adresse de la personne."""
    page = essayer(client, personne.courriel.replace("i", "ı"), MOT_DE_PASSE)
    assert page.status_code == 200
    assert "Indiquez une adresse complète" in page.content.decode()


@pytest.mark.parametrize(
    ("suite", "suivie"),
    [
        ("/compte/", True),
        ("https://ailleurs.example/", False),
        ("//ailleurs.example/", False),
        ("javascript:alert(1)", False),
    ],
)
def test_la_suite_n_est_suivie_que_sur_ce_site(client, personne, suite, suivie):
    reponse = essayer(client, personne.courriel, MOT_DE_PASSE, next=suite)
    assert (reponse.url == suite) is suivie
    assert suivie or reponse.url == reverse("comptes:espaces")


def test_une_page_fermee_garde_son_adresse(client, db):
    reponse = client.get("/compte/")
    assert reponse.url == "/connexion/?next=/compte/"
    assert 'name="next" value="/compte/"' in client.get(reponse.url).content.decode()


def test_se_deconnecter_est_un_envoi(connecter, personne):
    client = connecter(personne)
    assert client.get("/deconnexion/").status_code == 405
    assert client.post("/deconnexion/").url == reverse("pilotage:accueil")
    assert client.get("/compte/").status_code == 302


def test_hors_demonstration_aucun_compte_n_est_montre(client):
    page = client.get(CONNEXION).content.decode()
    assert COMPTES[0].courriel not in page
    assert COMPTES[0].mot_de_passe not in page


def test_en_demonstration_les_comptes_et_leur_mot_de_passe_sont_montres(client, settings):
    settings.COMPTES_DE_DEMONSTRATION = COMPTES
    page = client.get(CONNEXION).content.decode()
    assert all(compte.courriel in page for compte in COMPTES)
    assert COMPTES[0].mot_de_passe in page
    assert all(compte.courriel.endswith("@passpro.example") for compte in COMPTES)


class TestEspaces:
    @pytest.fixture(autouse=True)
    def campagne(self, db):
        return CampagneFactory()

    def test_un_seul_espace_s_ouvre_tout_droit(self, connecter):
        place = RattachementFactory()
        reponse = connecter(place.personne).get("/espaces/")
        assert reponse.url == reverse("pilotage:a_faire_origine", args=[place.etablissement.segment])

    def test_le_saio_arrive_au_suivi(self, connecter):
        assert connecter(RattachementFactory(saio=True).personne).get("/espaces/").url == "/academie/"

    def test_une_cite_scolaire_donne_deux_espaces(self, connecter):
        place = RattachementFactory(accueil=True, fonction="Principale adjointe")
        page = connecter(place.personne).get("/espaces/").content.decode()
        for cote in ("origine", "accueil"):
            assert reverse(f"pilotage:a_faire_{cote}", args=[place.etablissement.segment]) in page
            assert f"établissement d’{cote} – principale adjointe" in page

    def test_sans_place_la_page_dit_quoi_faire(self, connecter, personne):
        page = connecter(personne).get("/espaces/").content.decode()
        assert "Aucun établissement n’est associé à votre compte." in page
        assert "Demandez l’accès au SAIO." in page


class TestCompte:
    def test_il_dit_l_identite_et_les_places(self, connecter, personne):
        place = RattachementFactory(personne=personne)
        page = connecter(personne).get("/compte/").content.decode()
        assert personne.courriel in page
        assert place.etablissement.nom_et_commune in page


def test_le_formulaire_refuse_un_envoi_sans_jeton(personne):
    strict = Client(enforce_csrf_checks=True)
    reponse = strict.post(CONNEXION, {"username": personne.courriel, "password": MOT_DE_PASSE})
    assert reponse.status_code == 403
    assert "Formulaire expiré" in reponse.content.decode()


def test_une_lettre_que_la_base_confond_ne_donne_pas_d_autres_essais(client, db):
    """« ſ » s'écrit « S » en capitales : la base y trouve le même compte."""
    PersonneFactory(courriel="simon.sassi@passpro.example", mot_de_passe=MOT_DE_PASSE)
    for n in range(5):
        essayer(client, "simon.sassi@passpro.example", f"faux-{n}")
    assert essayer(client, "ſimon.sassi@passpro.example", MOT_DE_PASSE).status_code == 429
