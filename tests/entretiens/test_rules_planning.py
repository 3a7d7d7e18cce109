"""Les personnes d'un jury, et celles qui seraient à deux endroits."""

import pytest

from entretiens.rules.planning import SeanceMenee, doubles_emplois, personnes_de
from tests.factories.entretiens import instant


@pytest.mark.parametrize(
    ("membres", "personnes"),
    [
        ("M. Haddad, professeur de cuisine, Mme Leroy, DDFPT", ["M. Haddad", "Mme Leroy"]),
        ("M. Haddad (DDFPT) et Mme Le Goff ; Karim Benali", ["M. Haddad", "Mme Le Goff", "Karim Benali"]),
        ("professeurs de la section", []),
        ("", []),
    ],
    ids=["civilités", "plusieurs séparateurs", "aucune personne", "rien"],
)
def test_un_jury_nomme_des_personnes_et_des_fonctions(membres, personnes):
    assert list(personnes_de(membres).values()) == personnes


def menee(jury: int, membres: str, de: int, a: int) -> SeanceMenee:
    return SeanceMenee(jury, f"Jury {jury}", membres, instant(de), instant(a))


def test_une_personne_est_dans_deux_jurys_si_les_heures_se_touchent_vraiment():
    matin, midi = menee(1, "M. Haddad, Mme Leroy", 9, 12), menee(2, "m. haddad", 12, 14)
    assert doubles_emplois([matin, midi]) == []
    assert doubles_emplois([matin, menee(1, "M. Haddad", 10, 11)]) == [], "le même jury"
    assert doubles_emplois([menee(3, "Mme Leroy, M. HADDAD", 11, 13), midi, matin]) == [
        "M. Haddad est dans deux jurys le jeudi 25\u00a0mars à 11\u00a0h\u00a000\u00a0: Jury 1 et Jury 3.",
        "Mme Leroy est dans deux jurys le jeudi 25\u00a0mars à 11\u00a0h\u00a000\u00a0: Jury 1 et Jury 3.",
    ]
