"""Ce qu'une saisie hostile ou maladroite ne doit pas casser dans l'espace d'origine (R41)."""

import pytest

from candidatures.models import Eleve
from candidatures.services import ajouter_un_eleve
from referentiel.models.travaux import Importation
from tests.candidatures.test_import_services import DIALLO, deposer, importer, verifie
from tests.candidatures.test_views_inscription import adresse
from tests.factories.imports import TITRES, en_csv
from tests.factories.inscriptions import une_saisie

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("en_mars")]
LIGATURES = "ﬃ" * 80


@pytest.fixture
def client(monde, connecter):
    return connecter(monde.gestionnaire)


def test_un_numero_de_ligne_demesure_est_ignore(monde, client):
    importation = verifie(monde, DIALLO)
    url = adresse(monde, "import_verification", code=importation.code)
    reponse = client.post(url, {"empreinte": "", "confirme": ["9" * 5000, "²"]})
    assert reponse.status_code == 200


def test_une_colonne_qui_n_est_pas_un_rang_est_refusee(monde, client):
    importation = deposer(monde, en_csv(TITRES, [DIALLO]))
    assert importation.etat == Importation.Etat.COLONNES
    url = adresse(monde, "import_colonnes", code=importation.code)
    for rang in ("²", "9" * 5000):
        assert client.post(url, {"nom": rang}).status_code == 200


def test_un_nom_en_ligatures_se_garde_par_le_formulaire_comme_par_l_import(monde):
    eleve = ajouter_un_eleve(
        etablissement=monde.college,
        campagne=monde.campagne,
        saisie=une_saisie(nom=LIGATURES, prenom=LIGATURES),
        par=monde.chef,
        le=monde.le,
    )
    importer(monde, [LIGATURES, LIGATURES, "02/01/2011", "", "3A"])
    assert Eleve.objects.count() == 2
    assert set(Eleve.objects.values_list("cle", flat=True)) == {eleve.cle}
