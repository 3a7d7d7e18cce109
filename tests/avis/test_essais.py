"""Essayer une matrice sur des avis rendus : ce qui changerait, sans rien écrire ni rien lire d'un dossier (R31)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from avis.essais import comparer, effectifs
from avis.forms.essais import ChoixDeLEssaiForm
from candidatures.rules import Etat
from entretiens.rules.etats import EtatEntretien
from referentiel.models import Campagne
from referentiel.prereglages import prereglage
from referentiel.rules.jeu import Avis, Case, Modalite, Resultat
from tests.architecture.test_acces import ecritures_relevees
from tests.factories.administration import une_autre_academie
from tests.factories.avis import donner_l_avis_d_origine
from tests.factories.pilotage import Scene
from tests.factories.referentiel import CampagneFactory

pytestmark = pytest.mark.django_db

F, AF, R, ABSENT = Avis.FAVORABLE, Avis.ASSEZ_FAVORABLE, Avis.RESERVE, Avis.ABSENT


def matrice(cle: str) -> dict:
    return {(case.origine, case.accueil): case for case in prereglage(cle).matrice}


@pytest.fixture
def scene(monkeypatch) -> Scene:
    """Deux « favorable, assez favorable », un « réservé, favorable », un absent ; et ce qui ne compte pas."""
    scene = Scene()
    monkeypatch.setattr("referentiel.middleware.timezone.now", lambda: scene.le)
    for _ in range(2):
        scene.rendue(avis="favorable", accueil_avis=AF)
    scene.rendue(avis="reserve", accueil_avis=F)
    absente = scene.avec_entretien(Etat.ABSENTE, debut=scene.le, presence=EtatEntretien.ABSENT)
    donner_l_avis_d_origine(absente, "favorable")
    scene.avec_entretien(Etat.REALISEE, debut=scene.le, presence=EtatEntretien.TENU)
    scene.candidature(Etat.RENDUE, modalite=Modalite.COLLECTIF)
    retiree = scene.rendue().formations_demandees.get()
    retiree.desistee_le = scene.le
    retiree.save()
    return scene


def texte_de(reponse) -> str:
    assert reponse.status_code == 200
    return " ".join(reponse.content.decode().replace("\u00a0", " ").replace("\u202f", " ").split())


def test_compte_les_couples_en_une_requete(scene):
    with CaptureQueriesContext(connection) as requetes:
        nombres = effectifs(scene.campagne)
    assert nombres == {(F, AF): 2, (R, F): 1, (F, ABSENT): 1}
    assert len(requetes) == 1


def test_compare_deux_matrices():
    nombres = {(F, AF): 20, (R, F): 5, (F, F): 7, (F, ABSENT): 3, (AF, AF): 2}
    essai = comparer(nombres, matrice("creteil-2017"), matrice("paris-2022"), avec_points=True)
    assert (essai.total, essai.changes) == (37, 34)
    assert essai.passages == [
        ("Favorable", "Sans résultat", 20),
        ("Très favorable", "Favorable", 7),
        ("Assez favorable", "Favorable", 5),
        ("Assez favorable", "Sans résultat", 2),
    ]
    assert essai.repartition == [
        ("Très favorable", 7, 0),
        ("Favorable", 20, 12),
        ("Assez favorable", 7, 0),
        ("Incomplet", 3, 3),
        ("Sans résultat", 0, 22),
    ]
    assert essai.points == (0, 12 * 2500)


def test_les_points_seuls_font_un_changement_s_ils_comptent():
    avant = {(F, F): Case(F, F, Resultat.FAVORABLE, 100)}
    apres = {(F, F): Case(F, F, Resultat.FAVORABLE, 200)}
    assert comparer({(F, F): 4}, avant, apres, avec_points=True).changes == 4
    assert comparer({(F, F): 4}, avant, apres, avec_points=False).changes == 0


@pytest.mark.parametrize("etat", [Campagne.Etat.OUVERTE, Campagne.Etat.CLOSE])
def test_la_page_charge_un_prereglage_et_dit_ce_qui_change(scene, connecter, etat):
    Campagne.objects.filter(pk=scene.campagne.pk).update(etat=etat)
    saio, adresse = connecter(scene.saio.personne), reverse("avis:essai_de_matrice")
    assert "Aucun avis final ne changerait, sur 4." in texte_de(saio.get(adresse))
    with ecritures_relevees() as ecrites, CaptureQueriesContext(connection) as requetes:
        texte = texte_de(saio.get(adresse, {"sur": scene.campagne.pk, "modele": "paris-2022"}))
    assert "3 avis finals sur 4 changeraient." in texte
    assert "Points donnés en tout&nbsp;: 0 avec la matrice de la campagne, 2 500 avec celle-ci." in texte
    assert not ecrites
    assert not [requete for requete in requetes if 'FROM "candidatures_eleve"' in requete["sql"]]
    assert len(requetes) <= 12


def test_une_case_changee_dans_la_page_ne_change_qu_elle(scene, connecter):
    matrice = scene.campagne.regles.matrice
    cases = {f"case-{origine}-{accueil}": case.resultat.value for (origine, accueil), case in matrice.items()}
    cases["case-favorable-assez_favorable"] = "tres_favorable"
    saio, adresse = connecter(scene.saio.personne), reverse("avis:essai_de_matrice")
    texte = texte_de(saio.get(adresse, {"sur": scene.campagne.pk, "geste": "essayer"} | cases))
    assert "2 avis finals sur 4 changeraient." in texte
    assert "Favorable → Très favorable" in texte
    assert (
        scene.campagne.regles.cases.get(avis_origine="favorable", avis_accueil="assez_favorable").resultat
        == "favorable"
    )


@pytest.mark.parametrize(
    "saisie",
    [
        {"sur": "²", "modele": "inventé"},
        {"geste": "essayer", "case-favorable-favorable": "splendide"},
        {"sur": "9" * 50, "geste": "essayer"},
    ],
    ids=["choix", "case", "campagne"],
)
def test_une_saisie_informe_se_dit_et_ne_fait_rien_tomber(scene, connecter, saisie):
    texte = texte_de(connecter(scene.saio.personne).get(reverse("avis:essai_de_matrice"), saisie))
    assert "La matrice essayée" in texte


def test_la_liste_montre_la_campagne_dont_viennent_les_chiffres(scene):
    passee = CampagneFactory(academie=scene.campagne.academie, annee=2026, etat=Campagne.Etat.CLOSE)
    choix = ChoixDeLEssaiForm({}, campagnes=[scene.campagne, passee], courante=passee)
    assert (choix.campagne, choix["sur"].value()) == (passee, str(passee.pk))


def test_la_campagne_d_une_autre_academie_ne_se_choisit_pas(scene, connecter):
    ailleurs = CampagneFactory(academie=une_autre_academie(), intitule="Ailleurs")
    texte = texte_de(connecter(scene.saio.personne).get(reverse("avis:essai_de_matrice"), {"sur": ailleurs.pk}))
    assert "Ailleurs" not in texte
