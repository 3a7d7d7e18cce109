"""Ce qui sert à mesurer le planning automatique doit être juste pour que la mesure le soit."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from entretiens.rules.placement import Occupation
from entretiens.rules.planification.modeles import Candidat, Place, Reglages
from outils.planning.glouton import Glouton, borne
from outils.planning.mesures import evaluer
from outils.planning.territoire import OUVERTURE, Demande, demande
from referentiel.rules.dates import a_paris

JOUR = date(2027, 3, 22)
VINGT = timedelta(minutes=20)


def place(cle: int, heure: int, accueil: int = 1, jury: int = 1) -> Place:
    debut = a_paris(JOUR, time(heure))
    return Place(cle, accueil, debut, debut + VINGT, 1, etablissement=accueil, jury=jury)


def candidat(cle: int, accueil: int = 1, eleve: int | None = None, **champs) -> Candidat:
    return Candidat(cle, cle if eleve is None else eleve, 10, accueil, OUVERTURE, **champs)


def petite(candidats, places) -> Demande:
    return Demande(tuple(candidats), tuple(places), Reglages(le=OUVERTURE))


def test_la_borne_deplace_un_candidat_pour_en_placer_un_autre_et_ignore_les_conflits_d_un_eleve():
    pris = (Occupation(a_paris(JOUR, time(10)), a_paris(JOUR, time(10)) + VINGT, 99, ""),)
    candidats = [candidat(1), candidat(2, prises=pris), candidat(3), candidat(4, accueil=2, eleve=2)]
    places = [place(1, 9), place(2, 10), place(3, 9, accueil=2)]
    assert borne(candidats, places) == 3


def test_le_glouton_repare_son_premier_choix():
    pris = (Occupation(a_paris(JOUR, time(14)), a_paris(JOUR, time(14)) + VINGT, 99, ""),)
    cas = petite([candidat(1), candidat(2, prises=pris)], [place(1, 9), place(2, 14)])
    assert Glouton(cas).planifier() == {1: 2, 2: 1}


def test_une_demande_est_la_meme_pour_une_graine_et_le_glouton_n_y_fait_pas_de_faute():
    cas = demande(400, 1)
    assert cas == demande(400, 1) != demande(400, 2)
    valeur = evaluer(cas, Glouton(cas).planifier())
    assert valeur.fautes == 0
    assert valeur.places <= borne(cas.candidats, cas.places) <= 400


@pytest.mark.parametrize(
    "places",
    [
        [place(1, 9), place(2, 9, accueil=2)],
        [place(1, 9), place(2, 11)],
        [replace(place(1, 9), libres=0), place(2, 14, accueil=2)],
    ],
    ids=["deux endroits à la fois", "pas son accueil", "place déjà donnée"],
)
def test_une_faute_se_compte(places):
    cas = petite([candidat(1, eleve=7), candidat(2, accueil=2, eleve=7)], places)
    assert evaluer(cas, {1: 1, 2: 2}).fautes == 1


def test_demi_journees_trous_et_marges_se_comptent():
    places = [place(1, 9), place(2, 10), place(3, 11), place(4, 14), place(5, 12, accueil=2, jury=2)]
    candidats = [candidat(1), candidat(2), candidat(3, accueil=2, eleve=2)]
    valeur = evaluer(petite(candidats, places), {1: 1, 2: 3, 3: 5})
    assert (valeur.venues, valeur.trous, valeur.marges_rompues, valeur.fautes) == (2, 1, 1, 0)
