"""Nommer un établissement, des jours, une durée dans une phrase."""

from datetime import date, timedelta

import pytest

from entretiens.rules.dire import dire_la_duree, dire_les_jours
from referentiel.rules.noms import chez, nommer


@pytest.mark.parametrize(
    ("nom", "sujet", "lieu"),
    [
        (
            "Lycée professionnel Marcel-Pagnol",
            "le lycée professionnel Marcel-Pagnol",
            "au lycée professionnel Marcel-Pagnol",
        ),
        ("EREA Stendhal", "l’EREA Stendhal", "à l’EREA Stendhal"),
        ("Section d’enseignement Eiffel", "la section d’enseignement Eiffel", "à la section d’enseignement Eiffel"),
        ("Institut Nicolas", "l’établissement Institut Nicolas", "à l’établissement Institut Nicolas"),
    ],
)
def test_un_etablissement_se_nomme_dans_une_phrase(nom, sujet, lieu):
    assert nommer(nom) == sujet
    assert chez(nom) == lieu


@pytest.mark.parametrize(
    ("jours", "phrase"),
    [
        ([date(2027, 3, 12)], "du vendredi 12\u00a0mars"),
        ([date(2027, 3, 12), date(2027, 3, 10)], "du 10 au 12\u00a0mars"),
        ([date(2027, 3, 30), date(2027, 4, 1)], "du 30\u00a0mars au 1er\u00a0avril"),
    ],
)
def test_des_jours_se_disent_en_peu_de_mots(jours, phrase):
    assert dire_les_jours(jours) == phrase


@pytest.mark.parametrize(
    ("minutes", "phrase"),
    [(20, "20\u00a0minutes"), (60, "1\u00a0heure"), (120, "2\u00a0heures"), (90, "1\u00a0h\u00a030")],
)
def test_une_duree_se_dit(minutes, phrase):
    assert dire_la_duree(timedelta(minutes=minutes)) == phrase
