"""Les graphiques : un SVG bien formé, une phrase, des nombres écrits, des trames (écran S2, RGAA 1.1, 3.1)."""

from datetime import date
from xml.etree import ElementTree as ET

import pytest
from django.template import engines

from pilotage.graphiques import LARGEUR, NOMS, TOTAUX, barres_empilees, courbes_cumulees
from pilotage.tableaux import Tableau, dire

SVG = "{http://www.w3.org/1999/xhtml}svg"


def rendre(nom: str, graphique) -> ET.Element:
    gabarit = engines["html"].get_template(f"composants/graphiques/{nom}.html")
    dessin = gabarit.render({"graphique": graphique, "nom": "essai"}).replace("&nbsp;", "\u00a0")
    return ET.fromstring(dessin)  # noqa: S314 - notre gabarit


@pytest.fixture
def barres():
    lignes = [("Seine-Saint-Denis (93)", [3010, 402, 88]), ("<b>Val-de-Marne</b>", [1120, 0, 1])]
    return barres_empilees("essai", ["Rendus", "Attendus", "À planifier"], lignes, "88 restent à planifier.")


def test_les_barres_sont_proportionnelles_et_bout_a_bout(barres):
    premiere, seconde = barres.barres
    place = LARGEUR - NOMS - TOTAUX
    assert premiere.segments[0].x == NOMS
    assert premiere.segments[-1].x + premiere.segments[-1].largeur == NOMS + place
    assert premiere.segments[1].x == premiere.segments[0].x + premiere.segments[0].largeur
    assert [segment.serie for segment in seconde.segments] == ["Rendus", "À planifier"], "un zéro ne se dessine pas"
    assert (premiere.total, seconde.total) == ("3\xa0500", "1\xa0121")
    assert [cle.nombre for cle in barres.cles] == ["4\xa0130", "402", "89"]


def test_un_nombre_s_ecrit_dans_son_segment_s_il_y_tient(barres):
    assert [segment.nombre for segment in barres.barres[0].segments] == ["3\xa0010", "402", ""]


def test_le_dessin_des_barres_est_bien_forme_et_se_lit_sans_couleur(barres):
    figure = rendre("barres", barres)
    dessin = figure.find(".//svg")
    assert dessin.get("role") == "img"
    assert dessin.get("aria-label") == "88 restent à planifier."
    identifiants = [motif.get("id") for motif in figure.iter("pattern")]
    assert len(identifiants) == len(set(identifiants)) == 5
    trames = {forme.get("fill") for forme in figure.iter("rect") if forme.get("fill")}
    assert trames == {"url(#essai-trame-2)", "url(#essai-trame-3)"}
    assert "<b>Val-de-Marne</b>" in [texte.text for texte in figure.iter("text")], "le nom est un texte, pas du HTML"
    assert not [noeud for noeud in figure.iter() if noeud.get("style")]


def test_les_courbes_finissent_a_leur_total_et_montrent_les_echeances():
    jours = [date(2027, 3, 1), date(2027, 3, 8), date(2027, 3, 15)]
    series = [("Inscriptions", [0, 40, 120]), ("Entretiens", [0, 0, 118])]
    courbes = courbes_cumulees("essai", series, jours, [("clôture", date(2027, 4, 30))], "120 inscriptions.")
    figure = rendre("courbes", courbes)
    assert [len(ligne.get("points").split()) for ligne in figure.iter("polyline")] == [3, 3]
    textes = [texte.text for texte in figure.iter("text")]
    assert {"Inscriptions\u00a0: 120", "Entretiens\u00a0: 118", "clôture", "120", "0"} <= set(textes)
    premiere, seconde = courbes.courbes
    assert abs(premiere.etiquette_y - seconde.etiquette_y) >= 20, "deux valeurs voisines ne se recouvrent pas"
    assert all(repere.x <= courbes.droite for repere in courbes.echeances)


def test_un_seul_jour_se_dessine_aussi():
    courbes = courbes_cumulees("essai", [("Inscriptions", [0, 0])], [date(2027, 3, 1)] * 2, [], "Rien.")
    assert courbes.courbes[0].valeur == "0"


def test_un_tableau_dit_ses_nombres_en_francais():
    assert [dire(valeur) for valeur in (1204, -3, 0.5, 46.0, 1234.56, None, "", date(2027, 3, 12))] == [
        "1\xa0204",
        "−\xa03",
        "0,5",
        "46",
        "1\xa0234,56",
        "N/A",
        "N/A",
        "12/03/2027",
    ]
    tableau = Tableau("essai", "Essai", ["Nom", "Nombre", "Mot"], [["a", 1, "x"], ["b", None, "y"]])
    assert [case.nombre for case in tableau.entetes] == [False, True, False]
