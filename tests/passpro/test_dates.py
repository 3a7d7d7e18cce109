"""Un jour s'écrit de même dans un gabarit et dans le code : « lundi 1er février »."""

from datetime import UTC, date, datetime

import pytest
from django.template import engines

from referentiel.rules.dates import INSECABLE, dire_jour, dire_jour_court

PREMIER = date(2027, 2, 1)


def rendre(texte: str, moteur: str = "html", **contexte: object) -> str:
    return engines[moteur].from_string(texte).render(contexte)


@pytest.mark.parametrize("moteur", ["html", "texte"])
@pytest.mark.parametrize("jour", [PREMIER, date(2027, 2, 11), date(2027, 5, 21)], ids=str)
def test_un_gabarit_ecrit_le_jour_comme_le_code(jour, moteur):
    assert rendre('{{ jour|date:"l j F Y" }}', moteur, jour=jour) == dire_jour(jour).replace(INSECABLE, " ")
    assert rendre('{{ jour|date:"SHORT_DATE_FORMAT" }}', moteur, jour=jour) == dire_jour_court(jour)


@pytest.mark.parametrize(
    ("forme", "attendu"),
    [
        ("j F", "1er février"),
        ("l j", "lundi 1er"),
        ("l j F Y \\à G \\h i", "lundi 1er février 2027 à 0 h 30"),
        ("j/m/Y", "1/02/2027"),
        ("j", "1"),
    ],
)
def test_le_premier_du_mois_est_celui_de_paris(forme, attendu):
    assert rendre(f"{{{{ instant|date:'{forme}' }}}}", instant=datetime(2027, 1, 31, 23, 30, tzinfo=UTC)) == attendu


def test_sans_date_il_n_y_a_rien_a_ecrire():
    assert rendre("{{ jour|date }}|{{ jour|date|default:'N/A' }}", jour=None) == "|N/A"
