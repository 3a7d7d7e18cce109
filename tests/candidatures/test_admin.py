"""Le SAIO cherche un élève ou une candidature dans l'administration."""

import pytest
from django.contrib import admin
from django.db import connection
from django.urls import reverse

from candidatures.models import Eleve
from tests.factories.pilotage import Scene
from tests.factories.referentiel import EtablissementFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    scene.lycee = EtablissementFactory(lycee=True, nom="Lycée Ampère", commune="Vénissieux")
    for nom, prenom in (("Diallo", "Yanis"), ("Élie", "Anaïs"), ("Élie", "Yanis")):
        scene.candidature(eleve=scene.eleve(nom=nom, prenom=prenom))
    return scene


@pytest.mark.parametrize(
    ("cherche", "trouves"),
    [("elie", 2), ("YANIS élie", 1), ("élie {commune}", 2), ("{uai} diallo", 1), ("diallo anais", 0)],
)
@pytest.mark.parametrize("modele", ["eleve", "candidature"])
def test_chaque_mot_se_cherche_dans_le_nom_ou_l_etablissement(scene, connecter, modele, cherche, trouves):
    saio = connecter(scene.saio.personne)
    mots = cherche.format(commune=scene.college.commune, uai=scene.college.uai)
    page = saio.get(reverse(f"admin:candidatures_{modele}_changelist"), {"q": mots})
    assert page.context["cl"].result_count == trouves


def test_une_candidature_se_cherche_aussi_par_son_accueil(scene, connecter):
    saio = connecter(scene.saio.personne)
    page = saio.get(reverse("admin:candidatures_candidature_changelist"), {"q": "yanis venissieux"})
    assert page.context["cl"].result_count == 2


def test_la_recherche_prend_l_index_des_noms(scene, rf):
    """Un « ou » entre deux tables ferait relire chaque élève."""
    page = admin.site.get_model_admin(Eleve)
    cherchees, _ = page.get_search_results(rf.get("/"), Eleve.objects.all(), f"elie {scene.college.commune}")
    with connection.cursor() as curseur:
        curseur.execute("SET LOCAL enable_seqscan = off")
    assert "eleve_recherche_de_campagne" in cherchees.order_by().explain()
