"""La frise d'un calendrier : où tombe chaque chose, et la phrase qui tient lieu du dessin (écran S7)."""

from datetime import date
from itertools import pairwise

import pytest

from referentiel.frise import LARGEUR, MARGE, frise_du_calendrier
from referentiel.rules.calendrier import LIBELLES, Bornes, Calendrier, Nature

CALENDRIER = Calendrier(
    {
        Nature.INSCRIPTION: Bornes(date(2027, 1, 25), date(2027, 4, 30)),
        Nature.ENTRETIENS: Bornes(date(2027, 2, 8), date(2027, 5, 18)),
        Nature.FERMETURE: Bornes(None, date(2027, 5, 28)),
    }
)
PRINTEMPS = ("Vacances de printemps", Bornes(date(2027, 4, 3), date(2027, 4, 18)))
ETE = ("Vacances d’été", Bornes(date(2027, 7, 3), date(2027, 8, 31)))


def test_sans_premier_ni_dernier_jour_il_n_y_a_pas_de_frise():
    assert frise_du_calendrier(Calendrier(), [], date(2027, 3, 1)) is None
    un_jour = Calendrier({Nature.FERMETURE: Bornes(date(2027, 3, 1), date(2027, 3, 1))})
    assert frise_du_calendrier(un_jour, [], date(2027, 3, 1)) is None


def test_les_barres_tiennent_dans_le_dessin_dans_l_ordre_des_periodes():
    frise = frise_du_calendrier(CALENDRIER, [PRINTEMPS, ETE], date(2027, 3, 1))
    assert [barre.libelle for barre in frise.barres] == [
        LIBELLES[nature] for nature in (Nature.INSCRIPTION, Nature.ENTRETIENS, Nature.FERMETURE)
    ]
    for forme in (*frise.barres, *frise.vacances):
        assert MARGE <= forme.x < forme.x + forme.largeur <= LARGEUR
    inscription, entretiens, fermeture = frise.barres
    assert inscription.x == MARGE
    assert inscription.x < entretiens.x < fermeture.x
    assert fermeture.x + fermeture.largeur == LARGEUR
    assert all(forme.y < frise.hauteur for forme in frise.barres)


def test_les_vacances_et_les_jours_feries_du_calendrier_seulement():
    frise = frise_du_calendrier(CALENDRIER, [PRINTEMPS, ETE], date(2027, 3, 1))
    assert [bande.libelle.split("\u00a0:")[0] for bande in frise.vacances] == ["Vacances de printemps"]
    assert [repere.libelle.split("\u00a0:")[0] for repere in frise.feries] == [
        "lundi de Pâques",
        "fête du Travail",
        "victoire de 1945",
        "jeudi de l’Ascension",
        "lundi de Pentecôte",
    ]


def test_les_noms_des_mois_ne_se_touchent_pas():
    reperes = frise_du_calendrier(CALENDRIER, [], date(2027, 3, 1)).mois
    assert [repere.libelle for repere in reperes] == ["janv.", "févr.", "mars", "avril", "mai"]
    assert all(apres.x - avant.x >= 40 for avant, apres in pairwise(reperes))


@pytest.mark.parametrize(("jour", "marque"), [(date(2027, 3, 1), True), (date(2026, 12, 1), False)])
def test_aujourd_hui_n_est_marque_que_dans_le_calendrier(jour, marque):
    frise = frise_du_calendrier(CALENDRIER, [], jour)
    assert (frise.aujourd_hui is not None) is marque
    assert ("Aujourd’hui" in frise.phrase) is marque


def test_la_phrase_et_la_liste_disent_le_dessin():
    frise = frise_du_calendrier(CALENDRIER, [], date(2027, 3, 1))
    assert frise.phrase.startswith(
        "Frise de 3\u00a0périodes, du lundi 25\u00a0janvier 2027 au vendredi 28\u00a0mai 2027"
    )
    assert {etape.libelle for etape in frise.etapes} == {barre.libelle for barre in frise.barres}
