"""Lire une cellule, une classe, un en-tête tels que les vrais fichiers les écrivent (R10, R11, R13)."""

from datetime import date, datetime

import pytest

from candidatures.imports.colonnes import (
    Donnee,
    colonnes_a_garder,
    defauts_du_choix,
    lettre_de_la_colonne,
    meme_fichier,
    porte_des_titres,
    reconnaitre_les_colonnes,
)
from candidatures.imports.niveaux import AutreNiveau, lire_le_niveau
from candidatures.imports.valeurs import (
    ValeurRefusee,
    en_texte,
    lire_l_ine,
    lire_la_naissance,
    lire_le_mef,
    separer_le_nom,
)
from referentiel.rules.jeu import Niveau
from tests.factories.imports import ELEVES_COMPLETE, EXTRACTION_PERSONNALISEE, PRONOTE

EN_2012 = date(2012, 5, 14)


@pytest.mark.parametrize(
    "texte",
    [
        "14/05/2012",
        "14-05-2012",
        "14.05.2012",
        "2012-05-14",
        "2012-05-14T00:00:00",
        "14/05/2012 00:00",
        "14/05/12",
        "41043",
        "41043.0",
        " 14/5/2012 ",
    ],
)
def test_une_date_de_naissance_se_lit_sous_toutes_ses_formes(texte):
    assert lire_la_naissance(texte, 2027) == EN_2012


@pytest.mark.parametrize(
    ("texte", "probleme"),
    [
        ("", "manquante"),
        ("31/02/2011", "Date de naissance «\u00a031/02/2011\u00a0» impossible"),
        ("05/14/2012", "impossible"),
        ("14/05/60", "l’année n’a que deux chiffres"),
        ("mai 2012", "illisible"),
        ("2012", "illisible"),
        ("14/05/1912", "l’élève aurait 115 ans en 2027"),
        ("14/05/2024", "l’élève aurait 3 ans en 2027"),
    ],
)
def test_une_date_impossible_ou_douteuse_est_nommee(texte, probleme):
    with pytest.raises(ValeurRefusee, match=probleme) as refus:
        lire_la_naissance(texte, 2027)
    assert refus.value.remede.endswith(".")


def test_deux_chiffres_d_annee_ne_vont_qu_a_un_seul_siecle_possible():
    assert lire_la_naissance("01/01/99", 2027) == date(1999, 1, 1)
    with pytest.raises(ValeurRefusee):
        lire_la_naissance("01/01/26", 2027)


def test_une_cellule_devient_un_texte_d_une_ligne():
    assert en_texte(EN_2012) == en_texte(datetime(2012, 5, 14, 12, 0)) == "14/05/2012"  # noqa: DTZ001
    assert en_texte(" a\n b ") == "a b"
    assert en_texte(31734) == "31734"


def test_un_ine_est_mis_au_propre_facultatif_et_controle():
    assert lire_l_ine(" 123 456 789 ab ") == "123456789AB"
    assert lire_l_ine("") == ""
    with pytest.raises(ValeurRefusee, match="INE «\u00a012\u00a0»\u00a0: un INE compte 11 caractères"):
        lire_l_ine("12")


def test_un_mef_n_est_lu_que_s_il_en_est_un():
    assert lire_le_mef("10310019110") == lire_le_mef("10310019110.0") == "10310019110"
    assert lire_le_mef("3EME") == lire_le_mef("") == ""


@pytest.mark.parametrize(
    ("texte", "separe"),
    [
        ("DIALLO Yanis", ("DIALLO", "Yanis")),
        ("DIALLO YANIS", ("DIALLO", "YANIS")),
        ("Yanis DIALLO", ("DIALLO", "Yanis")),
        ("DIALLO Marie Claire", ("DIALLO", "Marie Claire")),
        ("DE LA TOUR Jean-Marc", ("DE LA TOUR", "Jean-Marc")),
        ("de la TOUR Jean-Marc", ("de la TOUR", "Jean-Marc")),
        ("d'ALMEIDA Inès", ("d'ALMEIDA", "Inès")),
        ("N’GUESSAN Awa", ("N’GUESSAN", "Awa")),
        ("VAN DER BERG Tom", ("VAN DER BERG", "Tom")),
        ("SAINT-EXUPÉRY Zoé", ("SAINT-EXUPÉRY", "Zoé")),
        ("DE SOUSA e SILVA Ana", ("DE SOUSA e SILVA", "Ana")),
        ("Maria de SOUSA", ("de SOUSA", "Maria")),
        ("McDONALD Ana", ("McDONALD", "Ana")),
        ("DIALLO El Hadj", ("DIALLO", "El Hadj")),
        ("PETIT ?", ("PETIT", "?")),
        ("PETIT", ("PETIT", "")),
    ],
)
def test_le_nom_est_ce_qui_est_en_capitales(texte, separe):
    assert separer_le_nom(texte) == separe


@pytest.mark.parametrize("texte", ["diallo yanis", "Diallo Yanis", "BEN ALI YANIS", "DIALLO Yanis SOW"])
def test_un_nom_que_rien_ne_distingue_du_prenom_est_refuse(texte):
    with pytest.raises(ValeurRefusee, match="ne se distinguent pas"):
        separer_le_nom(texte)


def niveau(classe="", **textes):
    return lire_le_niveau(**{"niveau": "", "libelle_mef": "", "mef": "", **textes}, classe=classe)


@pytest.mark.parametrize(
    ("classe", "attendu"),
    [
        ("3A", Niveau.TROISIEME),
        ("3e B", Niveau.TROISIEME),
        ("3EME4", Niveau.TROISIEME),
        ("301", Niveau.TROISIEME),
        ("Troisième 1", Niveau.TROISIEME),
        ("3SEGPA", Niveau.TROISIEME_SEGPA),
        ("SEGPA 3", Niveau.TROISIEME_SEGPA),
        ("3PM", Niveau.TROISIEME_PREPA_METIERS),
        ("3e prépa-métiers", Niveau.TROISIEME_PREPA_METIERS),
        ("UPE2A", Niveau.UPE2A_COLLEGE),
        ("2GT UPE2A", Niveau.UPE2A_LYCEE),
        ("MLDS", Niveau.MLDS_COLLEGE),
    ],
)
def test_une_classe_dit_le_niveau(classe, attendu):
    assert niveau(classe) is attendu


@pytest.mark.parametrize(
    ("classe", "autre"), [("6A", "6e"), ("5e2", "5e"), ("4SEGPA", "4e"), ("4e C", "4e"), ("501", "5e")]
)
def test_une_classe_d_un_autre_niveau_de_college_est_laissee_de_cote(classe, autre):
    with pytest.raises(AutreNiveau, match=autre):
        niveau(classe)


@pytest.mark.parametrize(
    ("classe", "phrase"),
    [
        ("2GT4", "Classe «\u00a02GT4\u00a0»\u00a0: les élèves de 2de ne sont pas concernés, sauf UPE2A et MLDS."),
        ("1G2", "Classe «\u00a01G2\u00a0»\u00a0: les élèves de 1re ne"),
        ("TSTMG", "Classe «\u00a0TSTMG\u00a0»\u00a0: les élèves de terminale ne"),
        ("ALPHA", "Classe «\u00a0ALPHA\u00a0»\u00a0: le niveau de l’élève ne se lit pas."),
    ],
)
def test_une_classe_qui_ne_dit_pas_un_niveau_admis_demande_de_preciser(classe, phrase):
    with pytest.raises(ValeurRefusee) as refus:
        niveau(classe)
    assert refus.value.probleme.startswith(phrase)


@pytest.mark.parametrize(
    ("textes", "attendu"),
    [
        ({"libelle_mef": "3EME"}, Niveau.TROISIEME),
        ({"libelle_mef": "3EME SEGPA RENOV."}, Niveau.TROISIEME_SEGPA),
        ({"libelle_mef": "3EME PREPA-METIERS"}, Niveau.TROISIEME_PREPA_METIERS),
        ({"mef": "10310019112"}, Niveau.TROISIEME),
        ({"mef": "1671000C11A"}, Niveau.TROISIEME_SEGPA),
        ({"niveau": "UPE2A, lycée"}, Niveau.UPE2A_LYCEE),
        ({"niveau": "MLDS, niveau V", "libelle_mef": "2DE GT"}, Niveau.MLDS_NIVEAU_V),
    ],
)
def test_niveau_et_mef_l_emportent_sur_la_classe(textes, attendu):
    assert niveau("2GT4", **textes) is attendu


def test_la_classe_precise_une_troisieme_sans_la_contredire():
    assert niveau("3 SEGPA", libelle_mef="3EME") is Niveau.TROISIEME_SEGPA
    assert niveau("3PM", mef="10310019110") is Niveau.TROISIEME_PREPA_METIERS
    with pytest.raises(AutreNiveau, match="4e"):
        niveau("UPE2A", mef="10210001110")


@pytest.mark.parametrize("libelle", ["2DE GT", "2NDE GENERALE ET TECHNOLOGIQUE", "1CAP2 FLEURISTE", "1ERE GENERALE"])
def test_un_mef_de_lycee_est_laisse_de_cote(libelle):
    with pytest.raises(AutreNiveau, match="lycée"):
        niveau("X", libelle_mef=libelle)


# Colonnes


def test_les_entetes_de_siecle_sont_tous_la():
    assert len(ELEVES_COMPLETE) == 136


@pytest.mark.parametrize(
    ("entetes", "reconnues"),
    [
        (
            [f"{entete}\u00a0" for entete in ELEVES_COMPLETE],
            {
                "nom": 4,
                "prenom": 6,
                "naissance": 9,
                "ine": 11,
                "sortie": 13,
                "mef": 32,
                "libelle_mef": 33,
                "classe": 34,
                "structure": 35,
            },
        ),
        (EXTRACTION_PERSONNALISEE, {"nom": 0, "prenom": 1, "naissance": 2, "classe": 3}),
        (PRONOTE, {"nom_prenom": 0, "naissance": 1, "classe": 3}),
        (
            ["NOM", "PRENOM", "NE(E) LE", "DIVISION", "INE"],
            {"nom": 0, "prenom": 1, "naissance": 2, "classe": 3, "ine": 4},
        ),
        (["Nom", "Classe", "Date naissance"], {"nom_prenom": 0, "classe": 1, "naissance": 2}),
    ],
)
def test_les_colonnes_se_reconnaissent_a_leur_titre(entetes, reconnues):
    assert reconnaitre_les_colonnes(entetes) == reconnues


def test_ce_qui_ne_sert_pas_n_est_jamais_garde_meme_quand_il_manque_une_colonne():
    sans_classe = [entete for entete in ELEVES_COMPLETE if entete != "Code Structure"]
    correspondance = reconnaitre_les_colonnes(sans_classe)
    gardees = {sans_classe[rang] for rang in colonnes_a_garder(sans_classe, correspondance)}
    assert gardees - {sans_classe[rang] for rang in correspondance.values()} == set()


def test_les_defauts_d_un_choix_de_colonnes():
    entetes = ["NOM", "Prénom", "", "Classe"]
    assert defauts_du_choix(entetes, {"nom": 0, "prenom": 1, "naissance": 2, "classe": 3}) == {}
    assert defauts_du_choix(entetes, {"nom_prenom": 0, "naissance": 2, "classe": 3}) == {}
    assert defauts_du_choix(entetes, {"nom": 0, "prenom": 0, "naissance": 2, "classe": 3}) == {
        Donnee.PRENOM: "La colonne «\u00a0NOM\u00a0» est utilisée deux fois."
    }
    assert defauts_du_choix(entetes, {"nom": 0, "prenom": 1, "naissance": 2}) == {
        Donnee.CLASSE: "Choisissez une colonne pour «\u00a0Classe\u00a0»."
    }
    assert Donnee.NOM_PRENOM in defauts_du_choix(entetes, {"nom": 1, "nom_prenom": 0, "naissance": 2, "classe": 3})


def test_des_titres_se_distinguent_d_une_ligne_d_eleve():
    assert porte_des_titres(["Truc", "Machin"])
    assert not porte_des_titres(["DIALLO", "Yanis", "14/05/2012", "3B"])
    assert not porte_des_titres(["DIALLO", "123456789AB"])


def test_lettres_et_formes_des_colonnes():
    assert [lettre_de_la_colonne(rang) for rang in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert meme_fichier(["Nom ", "Né(e) le"], ["NOM", "ne(e) le"])
    assert not meme_fichier(["Nom", "Classe"], ["Classe", "Nom"])
