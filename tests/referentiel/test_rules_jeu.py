"""Le jeu de règles : totalité de la matrice, échéance du compte-rendu (R5, R6)."""

from datetime import date
from itertools import product

import pytest

from referentiel.rules.jeu import (
    Avis,
    Case,
    Resultat,
    couples_attendus,
    defauts_de_matrice,
    dire_couple,
    echeance_du_compte_rendu,
)

TROIS = (Avis.FAVORABLE, Avis.ASSEZ_FAVORABLE, Avis.RESERVE)
ATTENDUS = couples_attendus(TROIS, TROIS, ne_se_prononce_pas=True)
TOTALE = [Case(origine, accueil, Resultat.INCOMPLET) for origine, accueil in sorted(ATTENDUS)]


def test_les_couples_attendus_sont_tous_les_couples():
    assert len(ATTENDUS) == 4 * 5
    assert couples_attendus(TROIS, TROIS, ne_se_prononce_pas=False) == set(
        product((*TROIS, Avis.ABSENT), (*TROIS, Avis.ABSENT))
    )
    assert Avis.NE_SE_PRONONCE_PAS not in {origine for origine, _ in ATTENDUS}


def test_une_matrice_totale_n_a_pas_de_defaut():
    assert defauts_de_matrice(TOTALE, ATTENDUS) == []


@pytest.mark.parametrize("couple", sorted(ATTENDUS))
def test_chaque_couple_oublie_est_nomme(couple):
    reste = [case for case in TOTALE if (case.origine, case.accueil) != couple]
    assert defauts_de_matrice(reste, ATTENDUS) == [f"Résultat manquant pour {dire_couple(*couple)}."]


@pytest.mark.parametrize("couple", sorted(ATTENDUS))
def test_chaque_couple_double_est_nomme(couple):
    double = [*TOTALE, Case(*couple, Resultat.RESERVE)]
    assert defauts_de_matrice(double, ATTENDUS) == [f"Deux résultats pour {dire_couple(*couple)}."]


def test_une_case_hors_echelle_est_nommee():
    intruse = Case(Avis.NE_SE_PRONONCE_PAS, Avis.FAVORABLE, Resultat.FAVORABLE)
    assert defauts_de_matrice([*TOTALE, intruse], ATTENDUS) == [
        "Case hors échelle : avis d’origine « ne se prononce pas » et avis d’accueil « favorable »."
    ]


@pytest.mark.parametrize(
    ("jour", "delai", "echeance"),
    [
        (date(2027, 3, 9), 3, date(2027, 3, 12)),
        (date(2027, 3, 10), 3, date(2027, 3, 15)),
        (date(2027, 3, 26), 3, date(2027, 3, 30)),
        (date(2027, 5, 3), 3, date(2027, 5, 7)),
        (date(2027, 3, 9), 0, date(2027, 3, 9)),
    ],
)
def test_l_echeance_d_un_compte_rendu_saute_les_jours_chomes(jour, delai, echeance):
    assert echeance_du_compte_rendu(jour, delai) == echeance
