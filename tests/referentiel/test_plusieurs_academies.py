"""Qui suit plusieurs académies dit laquelle dans l'adresse, et n'en voit jamais une pour l'autre (R36, R37)."""

import pytest
from django.urls import reverse

from tests.factories.administration import une_autre_academie
from tests.factories.referentiel import AcademieFactory, CampagneFactory, PersonneFactory, RattachementFactory

pytestmark = pytest.mark.django_db
COURTE = "/academie/"


@pytest.fixture
def academies():
    creteil, paris = AcademieFactory(), une_autre_academie()
    CampagneFactory(academie=creteil)
    CampagneFactory(academie=paris)
    return creteil, paris


@pytest.fixture
def saio(academies):
    """Une personne du SAIO des académies données."""

    def poser(*voulues):
        personne = PersonneFactory()
        for academie in voulues:
            RattachementFactory(personne=personne, saio=True, academie=academie)
        return personne

    return poser


def test_une_ligne_par_academie_et_chacune_s_ouvre(connecter, saio, academies):
    client = connecter(saio(*academies))
    espaces = client.get(reverse("comptes:espaces")).content.decode()
    for academie in academies:
        adresse = f"/academies/{academie.code}/academie/"
        assert f'href="{adresse}"' in espaces
        page = client.get(adresse)
        assert page.status_code == 200
        assert page.context["coquille"]["espace"]["libelle"] == f"Académie de {academie.nom}"


def test_les_liens_de_la_page_gardent_l_academie(connecter, saio, academies):
    page = connecter(saio(*academies)).get("/academies/paris/academie/")
    coquille = page.context["coquille"]
    assert coquille["espace"]["accueil_url"] == "/academies/paris/academie/"
    assert [lien["url"] for lien in coquille["navigation"] if lien["courant"]] == ["/academies/paris/academie/"]
    assert "/academies/creteil/" not in page.content.decode()


def test_hors_du_suivi_l_adresse_courte_reprend(connecter, saio, academies):
    client = connecter(saio(*academies))
    for adresse in (
        "/academies/paris/espaces/",
        "/academies/paris/formations/?academie=paris",
        "/academies/paris/admin/",
    ):
        reponse = client.get(adresse)
        assert (reponse.status_code, reponse.url) == (307, adresse.replace("/academies/paris", ""))


def test_sans_academie_dans_l_adresse_la_personne_choisit(connecter, saio, academies):
    reponse = connecter(saio(*academies)).get(COURTE)
    assert (reponse.status_code, reponse.url) == (302, reverse("comptes:espaces"))


def test_qui_n_en_suit_qu_une_garde_l_adresse_courte(connecter, saio, academies):
    client = connecter(saio(academies[1]))
    assert client.get(reverse("comptes:espaces")).url == COURTE
    assert client.get(COURTE).context["coquille"]["espace"]["libelle"] == "Académie de Paris"


@pytest.mark.parametrize("code", ["creteil", "versailles", "inconnue"])
def test_l_academie_des_autres_n_existe_pas(connecter, saio, academies, code):
    assert connecter(saio(academies[1])).get(f"/academies/{code}/academie/").status_code == 404


def test_un_chef_d_etablissement_n_y_entre_pas(connecter, academies):
    assert connecter(RattachementFactory().personne).get("/academies/creteil/academie/").status_code == 404


def test_une_campagne_passee_se_lit_dans_la_bonne_academie(connecter, saio, academies):
    CampagneFactory(academie=academies[1], annee=2025, etat="close")
    client = connecter(saio(*academies))
    page = client.get("/archives/2025/academies/paris/academie/")
    assert page.status_code == 200
    assert page.context["coquille"]["espace"]["accueil_url"] == "/archives/2025/academies/paris/academie/"
    archives = client.get("/academies/paris/academie/").context["coquille"]["archives"]
    assert [archive["url"] for archive in archives] == ["/archives/2025/academies/paris/academie/"]


def test_qui_observe_une_academie_et_l_administre_y_entre_pour_l_administrer(connecter, academies):
    personne = RattachementFactory(observation=True, academie=academies[0]).personne
    RattachementFactory(personne=personne, saio=True, academie=academies[0])
    assert connecter(personne).get(reverse("referentiel:importer_catalogue")).status_code == 200
