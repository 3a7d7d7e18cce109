"""Le bilan : une douzaine de candidatures comptées à la main, puis par la page, le fichier et la base (R35, S3)."""

import pytest
from django.urls import reverse

from avis.services import ajouter_une_formation
from pilotage.discriminance import (
    PEU_DIFFERENCIES,
    REPETES,
    RESERVES_NOMBREUX,
    TRES_COURTS,
    distribution,
    indice_de_repartition,
    lignes_a_taire,
    poids,
    remarques_sur_les_avis,
)
from pilotage.tableaux import part
from pilotage.tableaux.avis import DETAIL_TU
from pilotage.tableaux.bilan import barres_des_retards
from referentiel.models import JeuDeRegles
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.jeu import Affichage, Avis, Case, Resultat
from tests.factories.bilan import petite_campagne
from tests.factories.referentiel import RattachementFactory
from tests.pilotage.test_suivi import classeur, en_base

F, AF, R, NSPP = Avis.FAVORABLE, Avis.ASSEZ_FAVORABLE, Avis.RESERVE, Avis.NE_SE_PRONONCE_PAS


@pytest.fixture
def saio(scene, connecter):
    return connecter(scene.saio.personne)


@pytest.fixture
def petite(scene):
    return petite_campagne(scene)


@pytest.fixture
def page(petite, saio):
    return saio.get(reverse("pilotage:suivi_avis"))


def test_l_observation_ne_lit_pas_l_avis_d_un_seul_eleve(petite, connecter):
    """Deux élèves de Seine-et-Marne : leurs avis et leurs comptes-rendus se compteraient sur les doigts."""
    observateur = connecter(RattachementFactory(observation=True, departement="077").personne)
    for code, nombres in (("avis-d-origine", 1), ("avis-d-accueil", 2), ("avis-par-formation", 1), ("croisement", 0)):
        rangees = classeur(observateur, code)[1:]
        assert rangees
        assert all(sum(isinstance(case, int) for case in rangee) == nombres for rangee in rangees), code
    page = observateur.get(reverse("pilotage:suivi_avis")).context
    assert {case["nombre"] for ligne in page["grille"]["lignes"] for case in ligne["cases"]} == {"N/A"}
    assert (page["barres"].barres, page["barres"].phrase) == ([], DETAIL_TU)
    assert page["entretiens_a_relire"] == ""
    assert page["poids"] == []


@pytest.mark.parametrize(
    ("totaux", "tues"),
    [
        ({"a": 30, "b": 12}, set()),
        ({"a": 30, "b": 12, "c": 4}, {"b", "c"}),
        ({"a": 30, "b": 12, "c": 4, "d": 3}, {"b", "c", "d"}),
        ({"a": 30, "b": 12, "c": 6, "d": 4}, {"c", "d"}),
        ({"a": 30, "b": 12, "c": 9, "d": 0}, {"b", "c", "d"}),
        ({"a": 30, "b": 2}, {"a", "b"}),
        ({"a": 2}, {"a"}),
    ],
    ids=["rien", "une", "deux_trop_peu", "deux", "une_et_un_zero", "toutes", "seule"],
)
def test_ce_qui_se_tait_ne_se_retrouve_pas_en_otant_le_reste_du_total(totaux, tues):
    assert lignes_a_taire(totaux) == tues
    cachees = [totaux[cle] for cle in tues if totaux[cle]]
    assert not cachees or tues == set(totaux) or (len(cachees) >= 2 and sum(cachees) >= 10)


def test_l_observation_lit_les_avis_sans_filtre(petite, scene, connecter, saio):
    """Une formation ou un domaine de plus, ôté du reste, donnerait l'avis d'un seul élève."""
    observateur = connecter(scene.observateur.personne)
    filtres = {"domaine": "restauration", "type": "1CAP2"}
    entier = classeur(observateur, "avis-par-formation")
    assert classeur(observateur, "avis-par-formation", **filtres) == entier
    page = observateur.get(reverse("pilotage:suivi_avis"), filtres)
    assert page.context["form"].fields == {}
    assert "sans filtre" in page.content.decode()
    assert saio.get(reverse("pilotage:suivi_avis")).context["form"].fields


# Les définitions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comptes", "valeurs", "attendu"),
    [
        ({F: 10}, 3, 0.0),
        ({F: 4, AF: 4, R: 4}, 3, 1.0),
        ({F: 9, R: 1}, 3, 0.27),
        ({F: 6, R: 6}, 2, 1.0),
        ({F: 9}, 3, None),
        ({F: 20}, 1, None),
    ],
    ids=["toujours_le_meme", "autant_de_chaque", "neuf_sur_dix", "deux_valeurs", "neuf_avis", "une_valeur"],
)
def test_l_indice_va_de_zero_a_un_et_se_tait_sous_dix_avis(comptes, valeurs, attendu):
    assert indice_de_repartition(comptes, valeurs) == attendu


def test_les_remarques_suivent_leurs_seuils_et_se_taisent_sous_dix_avis():
    assert remarques_sur_les_avis({F: 9, R: 1}, a_l_accueil=False) == [PEU_DIFFERENCIES]
    assert remarques_sur_les_avis({F: 89, R: 11}, a_l_accueil=False) == []
    assert remarques_sur_les_avis({F: 5, R: 5}, a_l_accueil=True) == [RESERVES_NOMBREUX]
    assert remarques_sur_les_avis({F: 5, R: 5}, a_l_accueil=False) == []
    assert remarques_sur_les_avis({R: 9}, a_l_accueil=True) == []


def test_un_avis_que_la_matrice_ignore_ne_pese_rien():
    paris = {(o, a): Case(o, a, Resultat(a.value)) for o in (F, AF, R) for a in (F, R)}
    rencontres = {(F, F): 5, (R, R): 3, (AF, F): 2}
    assert poids(rencontres, paris, de_l_origine=True).autres == 0
    assert poids(rencontres, paris, de_l_origine=False).autres == 3
    assert poids({(Avis.ABSENT, F): 4}, paris, de_l_origine=True) is None


def test_les_phrases_du_bilan_s_accordent_au_singulier(scene, saio):
    scene.rendue()
    phrases = saio.get(reverse("pilotage:suivi_bilan")).context["phrases"]
    assert phrases[0] == (
        "1 élève inscrit, 1 candidature par élève en moyenne. Entretien ou séance déjà suivis\xa0: 1 élève, soit "
        "100\xa0%."
    )
    assert (
        phrases[1] == "1 entretien individuel, soit 0 heure devant un jury, et 0 séance collective, dans "
        "1 établissement d’accueil."
    )
    retards = {"Dans le délai": {"transmis": 1, "attendus": 0}}
    assert barres_des_retards(retards).phrase == "1 compte-rendu transmis sur 1 l’a été dans le délai, soit 100\xa0%."


def test_une_distribution_se_tait_sous_dix_etablissements():
    assert distribution([1.0] * 9 + [None]) is None
    quartiles = distribution([float(n) for n in range(1, 12)])
    assert (quartiles.bas, quartiles.mediane, quartiles.haut, quartiles.etablissements) == (3.5, 6.0, 8.5, 11)


def test_une_part_s_arrondit_au_plus_proche():
    assert [part(1, 3), part(1, 8), part(2, 3), part(0, 5), part(1, 0)] == [33, 13, 67, 0, None]


# La page ---------------------------------------------------------------------------------------------------------


def test_les_avis_d_origine_sont_ceux_que_l_on_a_comptes(page, petite):
    scene = petite.scene
    assert [list(ligne) for ligne in page.context["origines"].lignes] == [
        [scene.college.nom_et_commune, "94", 10, 9, 0, 1, 90, 0.27, PEU_DIFFERENCIES],
        [petite.autre_college.nom_et_commune, "77", 1, 0, 1, 0, None, None, ""],
    ]


def test_les_avis_d_accueil_et_les_comptes_rendus_aussi(page, petite):
    [ligne] = page.context["accueils"].lignes
    remarques = ", ".join([RESERVES_NOMBREUX, TRES_COURTS, REPETES])
    assert list(ligne) == [
        petite.scene.lycee.nom_et_commune,
        "94",
        12,
        4,
        1,
        6,
        1,
        50,
        0.83,
        12,
        16,
        7,
        7,
        4,
        remarques,
    ]


def test_la_rencontre_des_avis_est_la_meme_sur_la_page_dans_le_fichier_et_en_base(page, petite, saio):
    attendues = {(F, F): 3, (F, R): 5, (F, AF): 1, (R, R): 1, (AF, F): 1, (Avis.ABSENT, NSPP): 1}
    comptees = en_base(
        """SELECT coalesce(nullif(d.avis, ''), 'absent'), a.valeur, count(*) FROM avis_avisaccueil a
           JOIN candidatures_formationdemandee d ON d.id = a.formation_demandee_id
           JOIN avis_compterendu r ON r.id = a.compte_rendu_id WHERE r.etat = 'transmis' GROUP BY 1, 2"""
    )
    assert {(Avis(origine), Avis(accueil)): n for origine, accueil, n in comptees} == attendues
    fichier = classeur(saio, "croisement")[1:]
    assert {tuple(ligne[:2]): ligne[2] for ligne in fichier if ligne[2]} == {
        ("Favorable", "Favorable"): 3,
        ("Favorable", "Réservé"): 5,
        ("Favorable", "Assez favorable"): 1,
        ("Réservé", "Réservé"): 1,
        ("Assez favorable", "Favorable"): 1,
        ("Absent", "Ne se prononce pas"): 1,
    }
    grille = page.context["grille"]
    cases = [case["nombre"] for ligne in grille["lignes"] for case in ligne["cases"]]
    assert cases == [str(ligne[2]) for ligne in fichier]
    assert grille["lignes"][0]["cases"][0] == {"nombre": "3", "resultat": "Très favorable"}


def test_le_poids_de_chaque_cote_se_dit_en_une_phrase(page):
    origine, accueil = page.context["poids"]
    assert "«\u00a0favorable\u00a0»" in origine
    assert "2 avis finaux sur 11 (18\xa0%) auraient été différents." in origine
    assert "«\u00a0réservé\u00a0»" in accueil
    assert "5 avis finaux sur 11 (45\xa0%) auraient été différents." in accueil


def test_sans_avis_final_la_page_ne_le_montre_pas(petite, saio):
    JeuDeRegles.objects.filter(campagne=petite.scene.campagne).update(affichage=Affichage.AUCUN)
    page = saio.get(reverse("pilotage:suivi_avis"))
    assert page.context["poids"] == []
    assert "Très favorable" not in page.content.decode()
    assert "Avis final" not in classeur(saio, "croisement")[0]


def test_un_brouillon_ne_compte_pas(petite, saio):
    petite.scene.a_relire()
    [ligne] = saio.get(reverse("pilotage:suivi_avis")).context["accueils"].lignes
    assert ligne[9] == 12


def test_rien_ne_classe_les_etablissements(page):
    texte = page.content.decode()
    assert "ne classent aucun établissement" in texte
    assert "aria-sort" not in texte
    noms = [ligne[0] for ligne in page.context["origines"].lignes]
    assert noms == sorted(noms, key=cle_de_recherche)


def test_les_retards_les_attentes_et_les_ajouts_se_comptent(petite, saio):
    scene = petite.scene
    scene.en_retard()
    scene.candidature(accueil=petite.accueil)
    rendue = petite.rendues[0]
    ajouter_une_formation(
        candidature=rendue,
        formation=scene.autre_formation(rendue),
        avis=F,
        par=scene.chef_accueil.personne,
        le=scene.le,
    )
    page = saio.get(reverse("pilotage:suivi_bilan"))
    assert [list(ligne) for ligne in page.context["retards"].lignes] == [
        ["Dans le délai", 12, 0],
        ["1 à 3 jours de retard", 0, 0],
        ["4 à 7 jours de retard", 0, 1],
        ["Plus de 7 jours de retard", 0, 0],
    ]
    assert [ligne[:2] for ligne in page.context["sans_entretien"].lignes] == [[petite.accueil.domaine.nom, 1]]
    assert [list(ligne) for ligne in page.context["ajouts"].lignes] == [[petite.accueil.domaine.nom, 12, 1, 1, 0]]
    mobilises = page.context["phrases"][1]
    assert "13 entretiens individuels, soit 4 heures" in mobilises
    for code in ("retards", "sans_entretien", "ajouts"):
        tableau = page.context[code]
        fichier = classeur(saio, tableau.code)[1:]
        assert [ligne[:2] for ligne in fichier] == [tuple(ligne[:2]) for ligne in tableau.lignes]
