"""Le corps du catalogue se garde tant que rien n'en change : ce qui change se voit aussitôt (R9)."""

import pytest
from django.core.cache import caches
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from referentiel.models import Academie, Accueil, Domaine, Etablissement, Formation, Offre
from tests.factories.administration import une_autre_academie
from tests.factories.catalogue import Catalogue
from tests.factories.referentiel import (
    CampagneFactory,
    DomaineFactory,
    EtablissementFactory,
    FormationFactory,
    OffreFactory,
    RattachementFactory,
)

pytestmark = pytest.mark.django_db
CATALOGUE = "/formations/"


@pytest.fixture(autouse=True)
def catalogue() -> Catalogue:
    return Catalogue()


def lire(adresse: str = CATALOGUE) -> str:
    return Client().get(adresse).content.decode()


def requetes(adresse: str) -> int:
    with CaptureQueriesContext(connection) as faites:
        lire(adresse)
    return len(faites)


def une_ville_de_plus(catalogue: Catalogue) -> None:
    OffreFactory(formation=catalogue.macon, etablissement=EtablissementFactory(commune="Melun"))


# Chacune écrit ce que la page montre, par une voie qui ne passe par aucun service.
ECRITURES = {
    "un domaine renommé": lambda c: Domaine.objects.filter(pk=c.batiment.pk).update(nom="Tout autre"),
    "un domaine de plus, sans offre": lambda c: DomaineFactory(campagne=c.macon.domaine.campagne, nom="Tout neuf"),
    "un domaine retiré": lambda c: Domaine.objects.filter(formations=c.macon).delete(),
    "une formation renommée": lambda c: Formation.objects.filter(pk=c.macon.pk).update(libelle="Tailleur"),
    "une formation changée de domaine": lambda c: Formation.objects.filter(pk=c.macon.pk).update(
        domaine=Domaine.objects.exclude(pk=c.macon.domaine_id).first()
    ),
    "une offre de plus": une_ville_de_plus,
    "une offre de moins": lambda c: Offre.objects.filter(formation=c.macon).delete(),
    "des offres hors Passpro": lambda c: Offre.objects.update(hors_passpro=True, presentation="Portes ouvertes"),
    "une modalité changée": lambda c: Accueil.objects.update(modalite="collectif"),
    "un accueil de moins": lambda c: Accueil.objects.all().delete(),
    "un établissement renommé": lambda c: Etablissement.objects.update(nom="Lycée Tout-Autre"),
    "un établissement déménagé": lambda c: Etablissement.objects.update(commune="Provins"),
    "un établissement placé sur la carte": lambda c: Etablissement.objects.filter(
        pk=Offre.objects.values("etablissement")[:1]
    ).update(latitude=48.1, longitude=2.9),
    "un département de plus": lambda c: Academie.objects.update(departements=["75", "77", "93", "94", "95"]),
    "une académie de plus": lambda c: CampagneFactory(academie=une_autre_academie()),
}


@pytest.mark.parametrize("ecriture", ECRITURES)
def test_ce_qui_change_se_voit_a_la_visite_suivante(catalogue, ecriture):
    avant = lire()
    assert lire() == avant
    ECRITURES[ecriture](catalogue)
    apres = lire()
    caches["catalogue"].clear()
    assert apres == lire()
    assert apres != avant


def test_une_silhouette_qui_change_se_voit(catalogue):
    """Un établissement sans offre ne se montre que par le contour de son département."""
    for rang, lieu in enumerate(Etablissement.objects.filter(offres__isnull=False).distinct()):
        Etablissement.objects.filter(pk=lieu.pk).update(latitude=48 + rang / 10, longitude=2 + rang % 2)
    sans_offre = EtablissementFactory(latitude=47.5, longitude=1.5)
    avant = lire()
    Etablissement.objects.filter(pk=sans_offre.pk).update(latitude=49.5)
    assert lire() != avant


def test_une_ecriture_defaite_ne_laisse_rien(catalogue):
    avant = lire()
    with transaction.atomic():
        Domaine.objects.filter(pk=catalogue.batiment.pk).update(nom="Jamais dit")
        assert "Jamais dit" in lire()
        transaction.set_rollback(True)
    assert lire() == avant


@pytest.mark.parametrize("adresse", [CATALOGUE, f"{CATALOGUE}?q=", f"{CATALOGUE}?par=etablissement&type=cap"])
def test_une_visite_semblable_ne_relit_pas_les_offres(adresse):
    premiere = requetes(adresse)
    assert requetes(adresse) < premiere


@pytest.mark.parametrize("suite", ["q=patissier", "nom=Durand", f"ville={'a' * 200}"])
def test_un_texte_saisi_n_est_pas_garde(suite):
    adresse = f"{CATALOGUE}?{suite}"
    assert requetes(adresse) == requetes(adresse)


def test_deux_demandes_ont_chacune_leur_corps(catalogue):
    assert "Par formation" in lire()
    assert lire(f"{CATALOGUE}?type=cap") != lire()
    assert lire(f"{CATALOGUE}?par=etablissement") != lire()


def test_deux_campagnes_ont_chacune_le_leur(catalogue):
    autre = CampagneFactory(academie=une_autre_academie())
    FormationFactory(domaine=DomaineFactory(campagne=autre))
    assert "Maçon" in lire()
    assert "Maçon" not in lire(f"{CATALOGUE}?academie={autre.academie.code}")


def test_qui_passe_ne_recoit_rien_de_qui_etait_connecte(connecter):
    personne = RattachementFactory().personne
    passant = lire()
    caches["catalogue"].clear()
    assert "data-session" in connecter(personne).get(CATALOGUE).content.decode()
    assert lire() == passant
