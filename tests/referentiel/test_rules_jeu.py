"""Le jeu de règles : totalité de la matrice, échéance du compte-rendu (R5, R6)."""

from datetime import date, timedelta
from itertools import product

import pytest

from referentiel.rules.dates import jours_ouvres_entre
from referentiel.rules.jeu import (
    Affichage,
    Avis,
    Case,
    Resultat,
    couples_attendus,
    defauts_de_matrice,
    dernier_envoi_avant,
    dire_case,
    dire_couple,
    dire_points,
    echeance_du_compte_rendu,
    exemples_de_dates,
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
        "Case hors échelle\u00a0: avis d’origine «\u00a0ne se prononce pas\u00a0» "
        "et avis d’accueil «\u00a0favorable\u00a0»."
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


# Aperçu -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("origine", [avis for avis in Avis if avis is not Avis.NE_SE_PRONONCE_PAS])
@pytest.mark.parametrize("accueil", Avis)
def test_chaque_couple_se_dit_en_une_phrase(origine, accueil):
    phrase = dire_case(Case(origine, accueil, Resultat.ASSEZ_FAVORABLE, 0), Affichage.AVEC_BONUS)
    assert phrase.startswith("Un élève ")
    assert phrase.endswith("\u00a0: assez favorable, 0\u00a0point.")
    assert "points" not in dire_case(Case(origine, accueil, Resultat.ASSEZ_FAVORABLE, 9), Affichage.INDICATIF)


def test_les_phrases_d_une_matrice_sont_toutes_differentes():
    couples = couples_attendus([Avis.FAVORABLE, Avis.RESERVE], [Avis.FAVORABLE], ne_se_prononce_pas=True)
    phrases = {dire_case(Case(*couple, Resultat.INCOMPLET), Affichage.INDICATIF) for couple in couples}
    assert len(phrases) == len(couples)


@pytest.mark.parametrize(
    ("points", "dit"),
    [(None, "points à fixer"), (0, "0 point"), (1, "1 point"), (2, "2 points"), (2500, "2 500 points")],
)
def test_les_points_s_accordent(points, dit):
    assert dire_points(points).replace("\u00a0", " ") == dit


@pytest.mark.parametrize("preavis", [0, 1, 5, 10])
@pytest.mark.parametrize("decalage", range(14))
def test_le_dernier_envoi_laisse_juste_le_preavis(preavis, decalage):
    entretien = date(2027, 5, 3) + timedelta(days=decalage)
    envoi = dernier_envoi_avant(entretien, preavis)
    assert jours_ouvres_entre(envoi, entretien) == preavis
    assert preavis == 0 or jours_ouvres_entre(envoi + timedelta(days=1), entretien) < preavis


def test_les_exemples_montrent_le_report_du_vendredi():
    mardi, vendredi = exemples_de_dates(date(2027, 3, 8), delai=3, preavis=5)
    assert "Entretien le mardi 9\u00a0mars" in mardi
    assert "Entretien le vendredi 12\u00a0mars" in vendredi
    assert vendredi.endswith("compte-rendu à transmettre au plus tard le lundi 15\u00a0mars.")
