"""Un élève pris à une heure, trajet compris (R23, R25b)."""

from datetime import datetime, timedelta

import pytest

from entretiens.rules.placement import Occupation, pourquoi_pas_a_cette_heure, se_genent
from referentiel.rules.dates import PARIS


def _occupation(debut: int, fin: int, etablissement: int = 1, lieu: str = "") -> Occupation:
    origine = datetime(2027, 3, 22, 8, tzinfo=PARIS)
    return Occupation(origine + timedelta(minutes=debut), origine + timedelta(minutes=fin), etablissement, lieu)


@pytest.mark.parametrize(
    ("autre", "gene"),
    [
        (_occupation(20, 40), False),
        (_occupation(19, 40), True),
        (_occupation(20, 40, etablissement=2), True),
        (_occupation(109, 130, etablissement=2), True),
        (_occupation(110, 130, etablissement=2), False),
        (_occupation(60, 80, lieu="annexe"), True),
        (_occupation(110, 130, lieu="annexe"), False),
    ],
)
def test_la_marge_de_trajet_ne_compte_qu_entre_deux_lieux(autre, gene):
    un, marge = _occupation(0, 20), timedelta(minutes=90)
    assert se_genent(un, autre, marge=marge) is gene
    assert se_genent(autre, un, marge=marge) is gene


def test_un_etablissement_n_apprend_rien_de_ce_qu_un_autre_a_planifie():
    voulue = _occupation(0, 20)
    ailleurs = pourquoi_pas_a_cette_heure(voulue, [_occupation(0, 20, etablissement=2)], marge=timedelta(0))
    assert ailleurs == "Cet élève n’est pas disponible à cette heure."
    chez_nous = pourquoi_pas_a_cette_heure(voulue, [_occupation(10, 30)], marge=timedelta(0))
    assert "chez vous le lundi 22\u00a0mars à 8\u00a0h\u00a010" in chez_nous
