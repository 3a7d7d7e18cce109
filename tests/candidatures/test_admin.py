"""Le SAIO cherche un élève ou une candidature dans l'administration."""

from datetime import datetime

import pytest
from django.contrib import admin
from django.db import connection
from django.urls import reverse

from avis.models import CompteRendu
from candidatures.models import Candidature, Eleve
from referentiel.rules.dates import PARIS
from referentiel.rules.recherche import MOTS_AU_PLUS
from tests.factories.avis import candidature_rendue
from tests.factories.pilotage import Scene
from tests.factories.referentiel import AccueilFactory, EtablissementFactory

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


@pytest.mark.parametrize(("cherche", "trouves"), [("YANIS élie", 1), ("élie venissieux", 1), ("elie {commune}", 0)])
def test_un_compte_rendu_se_cherche_par_son_eleve_et_son_accueil(scene, connecter, cherche, trouves):
    candidature_rendue(
        eleve=Eleve.objects.get(cle="elie yanis"),
        accueil=AccueilFactory(domaine__campagne=scene.campagne, etablissement=scene.lycee),
        par=scene.chef_accueil.personne,
    )
    saio = connecter(scene.saio.personne)
    mots = {"q": cherche.format(commune=scene.college.commune)}
    assert saio.get(reverse("admin:avis_compterendu_changelist"), mots).context["cl"].result_count == trouves


@pytest.mark.parametrize("modele", [Eleve, Candidature, CompteRendu])
def test_seuls_les_premiers_mots_se_cherchent(modele, rf):
    """Sans borne, une adresse collée par mégarde ferait une condition par mot."""
    page, tous = admin.site.get_model_admin(modele), modele.objects.all()

    def conditions(nombre: int) -> str:
        return str(page.get_search_results(rf.get("/"), tous, "zz " * nombre)[0].query).replace("zz", "")

    assert conditions(MOTS_AU_PLUS) == conditions(MOTS_AU_PLUS + 200)
    assert conditions(MOTS_AU_PLUS - 1) != conditions(MOTS_AU_PLUS)


def test_la_recherche_prend_l_index_des_noms(scene, rf):
    """Un « ou » entre deux tables ferait relire chaque élève."""
    page = admin.site.get_model_admin(Eleve)
    cherchees, _ = page.get_search_results(rf.get("/"), Eleve.objects.all(), f"elie {scene.college.commune}")
    with connection.cursor() as curseur:
        curseur.execute("SET LOCAL enable_seqscan = off")
    assert "eleve_recherche_de_campagne" in cherchees.order_by().explain()


@pytest.mark.parametrize(("jour", "dit"), [(1, "lundi 1er février 2027"), (11, "jeudi 11 février 2027")])
def test_une_liste_ecrit_ses_dates_comme_le_reste_de_passpro(scene, connecter, jour, dit):
    Eleve.objects.update(cree_le=datetime(2027, 2, jour, 10, tzinfo=PARIS))
    liste = connecter(scene.saio.personne).get(reverse("admin:candidatures_eleve_changelist")).content.decode()
    assert liste.count(dit) == 3
