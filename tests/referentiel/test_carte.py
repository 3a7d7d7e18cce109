"""La carte : ce qui est juste se mesure, ce qui est beau se regarde."""

from itertools import combinations
from math import hypot

import pytest

from referentiel.carte import HAUTEUR_DU_TEXTE, LARGEUR, LARGEUR_D_UN_SIGNE, Ville, dessiner, enveloppe
from referentiel.views.carte_moulee import rendre_la_carte

PARIS, MEAUX, MELUN = LIEUX = (48.857, 2.352), (48.96, 2.878), (48.54, 2.66)


def ville(nom: str, lieu: tuple[float, float], nombre: int = 1) -> Ville:
    return Ville(nom, lieu[0], lieu[1], nombre)


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Distance à plat, bien assez juste à l'échelle d'une académie."""
    return hypot((a[0] - b[0]) * 111.2, (a[1] - b[1]) * 73.2)


def test_les_distances_sont_justes_en_long_comme_en_large():
    carte = dessiner([[PARIS, MEAUX, MELUN]], [ville("Paris", PARIS), ville("Meaux", MEAUX), ville("Melun", MELUN)])
    places = {cercle.titre.split("\u00a0:")[0]: (cercle.x, cercle.y) for cercle in carte.cercles}
    lieux = {"Paris": PARIS, "Meaux": MEAUX, "Melun": MELUN}
    echelles = [
        hypot(places[a][0] - places[b][0], places[a][1] - places[b][1]) / kilometres(lieux[a], lieux[b])
        for a, b in combinations(lieux, 2)
    ]
    assert max(echelles) / min(echelles) == pytest.approx(1, abs=0.02)


def test_le_nord_est_en_haut_et_l_est_a_droite():
    carte = dessiner([[PARIS, MEAUX, MELUN]], [ville("Meaux", MEAUX, 3), ville("Melun", MELUN, 2)])
    meaux, melun = carte.cercles
    assert meaux.titre.startswith("Meaux")
    assert meaux.y < melun.y
    assert meaux.x > melun.x


def test_la_surface_d_un_cercle_dit_son_nombre():
    carte = dessiner([], [ville("A", PARIS, 36), ville("B", MEAUX, 9), ville("C", MELUN, 0)])
    rayons = {cercle.titre[0]: cercle.rayon for cercle in carte.cercles}
    assert rayons["A"] == pytest.approx(2 * rayons["B"], abs=0.1)
    assert rayons["C"] < rayons["B"]
    assert [cercle.vide for cercle in carte.cercles] == [True, False, False], "les villes sans résultat sont dessous"


def test_douze_noms_au_plus_ceux_des_plus_grands_cercles_et_aucun_sur_un_autre():
    villes = [ville(f"Ville-numéro-{n}", (48.7 + n % 6 / 20, 2.4 + n // 6 / 12), 40 - n) for n in range(30)]
    carte = dessiner([], villes)
    assert len(carte.noms) == 12
    assert {nom.texte for nom in carte.noms} == {une.nom for une in villes[:12]}
    boites = []
    for nom in carte.noms:
        longueur = len(nom.texte) * LARGEUR_D_UN_SIGNE
        gauche = nom.x if nom.ancre == "start" else nom.x - longueur
        boites.append((gauche, nom.y, longueur))
        assert gauche >= -2
        assert gauche + longueur <= LARGEUR + 2
    for a, b in combinations(boites, 2):
        assert abs(a[1] - b[1]) >= HAUTEUR_DU_TEXTE - 0.2 or a[0] + a[2] <= b[0] + 0.2 or b[0] + b[2] <= a[0] + 0.2


def test_un_nom_eloigne_de_son_cercle_y_est_relie():
    villes = [ville(f"Commune serrée {n}", (48.8 + n / 400, 2.4), 9) for n in range(6)]
    carte = dessiner([[(48.2, 2.3), (49.1, 3.4)]], villes)
    assert any(nom.trait for nom in carte.noms)


@pytest.mark.parametrize("villes", [[], [ville("Seule", PARIS)], [ville("A", PARIS), ville("B", PARIS)]])
def test_trop_peu_de_lieux_ne_font_pas_une_carte(villes):
    assert dessiner([[]], villes) is None


def test_des_lieux_alignes_font_une_carte():
    assert dessiner([[(48.1, 2.4), (48.5, 2.4), (49.0, 2.4)]], [ville("A", (48.5, 2.4))])


def test_l_enveloppe_tient_tous_les_points_et_n_en_garde_que_les_coins():
    assert enveloppe([(0, 0), (4, 0), (4, 4), (0, 4), (2, 2), (1, 3), (2, 0)]) == [(0, 0), (4, 0), (4, 4), (0, 4)]


@pytest.mark.parametrize("cherche", ["?ville=a", "?q=<b>&ville=%s"], ids=["une-adresse", "une-autre"])
def test_la_carte_moulee_est_celle_qui_se_dessine(cherche):
    villes = [Ville(nom, *lieu, rang, cherche + nom) for rang, (nom, lieu) in enumerate(zip("ABC", LIEUX, strict=True))]
    dessinee, moulee = dessiner([LIEUX], villes), rendre_la_carte([LIEUX], villes)
    assert (moulee.cadre, moulee.dessin) == (dessinee.cadre, dessinee.dessin)
    assert rendre_la_carte([], villes[:1]) is None
