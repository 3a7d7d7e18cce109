"""Les états d'un courriel et leurs suites, l'attente entre deux essais."""

from datetime import timedelta
from itertools import product

import pytest
from django.utils import timezone

from courriers.rules import ATTENTE_MAXIMALE, LIBELLES, SUITES, EtatCourriel, premier_essai, prochain_essai

PERMISES = {
    ("a_envoyer", "en_cours"),
    ("a_envoyer", "rappele"),
    ("en_cours", "envoye"),
    ("en_cours", "a_envoyer"),
    ("en_cours", "abandonne"),
    ("envoye", "abandonne"),
    ("abandonne", "a_envoyer"),
}


@pytest.mark.parametrize(("de", "vers"), list(product(EtatCourriel, EtatCourriel)))
def test_toutes_les_paires_d_etats(de, vers):
    assert (vers in SUITES[de]) is ((de.value, vers.value) in PERMISES)


def test_chaque_etat_a_un_libelle():
    assert set(LIBELLES) == set(EtatCourriel)


def test_l_attente_double_puis_plafonne():
    le = timezone.now()
    attentes = [prochain_essai(n, le) - le for n in range(1, 12)]
    assert attentes[:3] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert attentes == sorted(attentes)
    assert attentes[-1] == ATTENTE_MAXIMALE


@pytest.mark.parametrize("essais", [0, 1, 4, 12])
def test_le_premier_essai_se_retrouve_d_apres_le_prochain(essais):
    depart = prochain = timezone.now()
    for tentatives in range(1, essais + 1):
        prochain = prochain_essai(tentatives, prochain)
    assert premier_essai(essais, prochain) == depart
