"""Reconnaître les colonnes à leurs en-têtes (R9, R13)."""

import pytest

from referentiel.rules.colonnes import reconnaissance, reconnaitre

CONNUS = {"nom": ("Nom de famille", "Nom"), "prenom": ("Prénom 1", "Prénom"), "ine": ("INE", "N° INE")}


@pytest.mark.parametrize("entete", ["PRÉNOM", "prenom", " Prénom\u00a0:", "Prénom_1", "prenom-1"])
def test_la_casse_les_accents_les_espaces_et_la_ponctuation_ne_comptent_pas(entete):
    assert reconnaitre([entete], CONNUS) == {"prenom": 0}


def test_le_premier_nom_connu_l_emporte_sur_le_suivant():
    assert reconnaitre(["Nom", "Nom de famille"], CONNUS)["nom"] == 1


def test_un_champ_trouve_deux_fois_est_dit_et_le_premier_retenu():
    lue = reconnaissance(["Nom", "INE", "nom "], CONNUS)
    assert lue.rangs == {"nom": 0, "ine": 1}
    assert lue.en_double == ("nom",)
    assert lue.absents == ("prenom",)


def test_une_colonne_sans_nom_n_est_rien():
    assert reconnaitre(["", "…"], CONNUS) == {}
