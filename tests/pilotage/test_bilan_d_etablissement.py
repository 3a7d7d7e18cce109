"""Chaque établissement lit ses chiffres, à côté d'une distribution qui ne nomme personne (R30, R35)."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from candidatures.models import FormationDemandee
from pilotage.discriminance import PEU_DIFFERENCIES, REPETES, RESERVES_NOMBREUX, TRES_COURTS
from referentiel.models import JeuDeRegles, Periode
from referentiel.rules.calendrier import Nature
from referentiel.rules.jeu import Publication
from tests.factories.avis import candidature_entendue
from tests.factories.bilan import petite_campagne
from tests.factories.referentiel import EtablissementFactory


@pytest.fixture
def petite(scene):
    return petite_campagne(scene)


def bilan(scene, connecter, cote: str):
    lieu = scene.college if cote == "origine" else scene.lycee
    client = connecter(getattr(scene, f"chef_{cote}").personne)
    return client.get(reverse(f"pilotage:bilan_{cote}", args=[lieu.segment]))


def mesures(page) -> dict[str, list]:
    return {ligne[0]: list(ligne[1:]) for ligne in page.context["bilan"].tableau.lignes}


def test_le_college_lit_ses_chiffres_sans_distribution_tant_qu_ils_sont_trop_peu(scene, petite, connecter):
    page = bilan(scene, connecter, "origine")
    assert dict(page.context["bilan"].avis) == {"Favorable": 9, "Assez favorable": 0, "Réservé": 1}
    assert mesures(page)["Avis favorables (%)"] == [90, None, None, None, None]
    assert mesures(page)["Indice de répartition des avis"][0] == 0.27
    assert page.context["bilan"].remarques == [PEU_DIFFERENCIES]
    assert dict(page.context["bilan"].etapes)["Comptes-rendus transmis"] == 10


def test_le_lycee_lit_ses_avis_et_ses_comptes_rendus(scene, petite, connecter):
    scene.en_retard(accueil=petite.accueil)
    page = bilan(scene, connecter, "accueil")
    lues = mesures(page)
    assert lues["Avis réservés (%)"][0] == 50
    assert lues["Longueur médiane d’un compte-rendu (caractères)"][0] == 16
    assert lues["Délai moyen d’un compte-rendu (jours)"][0] == 1.0
    assert lues["Comptes-rendus en retard (%)"][0] == 8
    assert page.context["bilan"].remarques == [RESERVES_NOMBREUX, TRES_COURTS, REPETES]


def test_la_distribution_parait_a_partir_de_dix_etablissements_sans_en_nommer_un(scene, connecter):
    """Dix collèges de dix avis : de 1 à 10 favorables, les autres réservés."""
    accueil = scene.accueil()
    colleges = [scene.college, *EtablissementFactory.create_batch(9)]
    for rang, college in enumerate(colleges, start=1):
        eleve = scene.eleve(etablissement=college)
        candidature = candidature_entendue(eleve=eleve, accueil=accueil, formations=10)
        cles = candidature.formations_demandees.values_list("pk", flat=True).order_by("pk")[rang:]
        FormationDemandee.objects.filter(pk__in=list(cles)).update(avis="reserve")
    page = bilan(scene, connecter, "origine")
    assert mesures(page)["Avis favorables (%)"] == [10, 32.5, 55, 77.5, 10]
    texte = page.content.decode()
    assert not [college.nom for college in colleges[1:] if college.nom in texte]


def test_avant_la_publication_le_college_ne_sait_pas_combien_de_comptes_rendus_sont_transmis(scene, petite, connecter):
    JeuDeRegles.objects.filter(campagne=scene.campagne).update(publication=Publication.VISUALISATION)
    Periode.objects.filter(campagne=scene.campagne, nature=Nature.VISUALISATION).update(debut=date(2027, 5, 9))
    page = bilan(scene, connecter, "origine")
    assert "Comptes-rendus transmis" not in dict(page.context["bilan"].etapes)
    assert "comptes-rendus transmis" not in page.content.decode()


@pytest.mark.parametrize("cote", ["origine", "accueil"])
def test_le_bilan_tient_en_douze_requetes_et_a_faire_y_mene_le_chef_seul(scene, petite, connecter, cote):
    lieu = scene.college if cote == "origine" else scene.lycee
    adresse = reverse(f"pilotage:bilan_{cote}", args=[lieu.segment])
    chef = connecter(getattr(scene, f"chef_{cote}").personne)
    chef.get(adresse)
    with CaptureQueriesContext(connection) as requetes:
        assert chef.get(adresse).status_code == 200
    assert len(requetes) <= 12
    accueil = reverse(f"pilotage:a_faire_{cote}", args=[lieu.segment])
    assert adresse in chef.get(accueil).content.decode()
    gestionnaire = connecter(getattr(scene, f"gestionnaire_{cote}").personne)
    assert adresse not in gestionnaire.get(accueil).content.decode()
    assert adresse not in gestionnaire.get(reverse(f"referentiel:exports_{cote}", args=[lieu.segment])).content.decode()
    assert adresse in chef.get(reverse(f"referentiel:exports_{cote}", args=[lieu.segment])).content.decode()


def test_avant_la_premiere_inscription_le_bilan_le_dit(scene, connecter):
    assert "La campagne n’a pas encore commencé." in bilan(scene, connecter, "accueil").content.decode()
