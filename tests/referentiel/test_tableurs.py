"""Lire un tableur : chaque sorte de fichier honnête, et chaque fichier hostile (R9, R13, R41, T17)."""

import csv
import io
import resource
import struct
import subprocess
import sys
import time
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referentiel.tableurs.ecriture import Feuille, en_csv, en_xlsx
from referentiel.tableurs.lecture import DEMESURE, FORMAT, MOTEUR, FichierRefuse, Ligne, Tableau, lire, lire_le_texte
from tests.referentiel.classeurs_d_essai import (
    feuille_xml,
    ligne_ods,
    ods,
    ole,
    reecrire_le_zip,
    xls,
    xlsx,
    xlsx_ecrit_par,
)

ELEVES = Tableau(
    ("Nom", "Prénom", "Né le"),
    (Ligne(2, ("Diallo", "Élodie", "03/05/2011")), Ligne(3, ("N’Guyen", "Zoé", "17/12/2011"))),
)
TEXTE = "Nom;Prénom;Né le\r\nDiallo;Élodie;03/05/2011\r\nN’Guyen;Zoé;17/12/2011\r\n"
LIGNES = [line.split(";") for line in TEXTE.split("\r\n")[:-1]]
ABIME = "Le fichier est abîmé"


NE_LE = datetime(2011, 5, 3)  # noqa: DTZ001 - un tableur ne connaît pas de fuseau
VU_LE = datetime(2026, 1, 2, 10, 30)  # noqa: DTZ001


def refus(contenu: bytes, nom: str = "", **bornes: int) -> str:
    with pytest.raises(FichierRefuse) as leve:
        lire(contenu, nom, **bornes)
    return str(leve.value)


# Ce qui se lit ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "contenu",
    [
        TEXTE.encode(),
        TEXTE.encode("utf-8-sig"),
        TEXTE.encode("cp1252"),
        TEXTE.encode("utf-16"),
        TEXTE.replace(";", ",").encode(),
        TEXTE.replace(";", "\t").encode(),
        TEXTE.replace("\r\n", "\n").encode(),
        TEXTE.replace("\r\n", "\r").encode(),
        TEXTE.replace("Diallo", '"Diallo"').encode(),
        xlsx(*LIGNES),
        xls(*LIGNES),
        ods("".join(ligne_ods(*ligne) for ligne in LIGNES)),
    ],
    ids=["utf8", "bom", "cp1252", "utf16", "virgule", "tab", "lf", "cr", "guillemets", "xlsx", "xls", "ods"],
)
def test_chaque_sorte_de_fichier_donne_le_meme_tableau(contenu):
    assert lire(contenu, "n-importe-quoi.bin") == ELEVES


def test_iso_8859_15_se_reconnait_a_ses_signes_propres():
    tableau = lire("Nom;Prix\nŒuvrard;12 €\n".encode("iso-8859-15"))
    assert tableau.lignes[0].cellules == ("Œuvrard", "12 €")


def test_windows_1252_se_reconnait_a_ses_signes_propres():
    tableau = lire("Nom;Prix\nŒuvrard;12 €\n".encode("cp1252"))
    assert tableau.lignes[0].cellules == ("Œuvrard", "12 €")


def test_un_en_tete_perd_ses_espaces_insecables_et_ses_sauts_de_ligne():
    tableau = lire('Nom de famille\u00a0;" Prénom\nusuel"\nDiallo;Élodie\n'.encode())
    assert tableau.entetes == ("Nom de famille", "Prénom usuel")


def test_les_titres_et_les_lignes_vides_sont_sautes_et_les_numeros_restent_ceux_du_fichier():
    tableau = lire("Élèves de 3e\n\nExtrait le 3 mai\nNom;Classe\n;\nDiallo;3A\n\n\nMartin;3B\n".encode())
    assert tableau.entetes == ("Nom", "Classe")
    assert [ligne.numero for ligne in tableau.lignes] == [6, 9]


def test_un_classeur_qui_ne_commence_pas_en_a1_garde_ses_numeros():
    tableau = lire(xlsx((), ("", "Liste"), (), ("", "Nom", "Classe"), (), ("", "Diallo", "3A")))
    assert tableau == Tableau(("Nom", "Classe"), (Ligne(6, ("Diallo", "3A")),))


def test_une_seule_colonne_se_lit_aussi():
    assert lire(b"UAI\n0940001A\n") == Tableau(("UAI",), (Ligne(2, ("0940001A",)),))


def test_un_en_tete_qui_commence_comme_un_zip_reste_du_texte():
    assert lire(b"PK;Nom\n1;Diallo\n").entetes == ("PK", "Nom")


def test_les_lignes_inegales_sont_completees_et_les_trop_longues_gardees():
    tableau = lire(b"a;b\n1\n1;2;3\n")
    assert tableau == Tableau(("a", "b", ""), (Ligne(2, ("1", "", "")), Ligne(3, ("1", "2", "3"))))


def test_une_case_peut_contenir_le_separateur_des_guillemets_et_des_sauts_de_ligne():
    tableau = lire('Nom;Présentation\nÉcole;"Lycée ""Jean"" ; deux\r\nlignes"\nAutre;x\n'.encode())
    assert [ligne.cellules for ligne in tableau.lignes] == [
        ("École", 'Lycée "Jean" ; deux\nlignes'),
        ("Autre", "x"),
    ]
    assert [ligne.numero for ligne in tableau.lignes] == [2, 3]


def test_des_guillemets_mal_places_ne_perdent_aucune_ligne():
    tableau = lire('Nom;Classe\nLycée "Jean";3A\n"Jean" Moulin;3B\nFin;3C\n'.encode())
    assert [ligne.cellules[1] for ligne in tableau.lignes] == ["3A", "3B", "3C"]


def test_le_separateur_annonce_par_excel_l_emporte():
    assert lire(b"sep=,\nNom,Prix\na,1;2;3\n").lignes == (Ligne(3, ("a", "1;2;3")),)


def test_une_virgule_decimale_ne_passe_pas_pour_un_separateur():
    assert lire(b"Nom;Latitude\na;48,5\nb;48,6\n").entetes == ("Nom", "Latitude")


def test_les_dates_et_les_nombres_d_un_classeur_gardent_leur_type():
    tableau = lire(
        xlsx(
            ("Né le", "Vu le", "Série", "Part", "Oui"),
            (NE_LE, VU_LE, 40666, 0.5, True),
            formats={(1, 0): "dd/mm/yyyy", (1, 1): "dd/mm/yyyy hh:mm"},
        )
    )
    assert tableau.lignes[0].cellules == (date(2011, 5, 3), VU_LE, 40666, 0.5, True)
    assert type(tableau.lignes[0].cellules[0]) is date
    assert type(tableau.lignes[0].cellules[2]) is int


def test_seule_la_premiere_feuille_visible_et_pleine_est_lue():
    def ecrire(classeur, vide):
        cachee, bonne = classeur.add_worksheet("Cachée"), classeur.add_worksheet("Bonne")
        cachee.write_row(0, 0, ["x", "y"])
        cachee.hide()
        bonne.write_row(0, 0, ["Nom", "Classe"])
        bonne.write_row(1, 0, ["Diallo", "3A"])

    assert lire(xlsx_ecrit_par(ecrire)).entetes == ("Nom", "Classe")


def test_une_formule_donne_sa_valeur_et_une_erreur_une_case_vide():
    def ecrire(classeur, feuille):
        feuille.write_row(0, 0, ["Nom", "Somme", "Faute"])
        feuille.write_string(1, 0, "Diallo")
        feuille.write_formula(1, 1, "=1+1", None, 2)
        feuille.write_formula(1, 2, "=1/0", None, "#DIV/0!")

    assert lire(xlsx_ecrit_par(ecrire)).lignes[0].cellules == ("Diallo", 2, "")


def test_les_cases_collees_se_lisent_comme_un_fichier():
    assert lire_le_texte("\ufeff" + TEXTE.replace(";", "\t")) == ELEVES
    assert lire_le_texte(TEXTE) == ELEVES


def test_ne_garder_que_des_colonnes_oublie_les_autres():
    assert ELEVES.colonnes([2, 0]) == Tableau(
        ("Né le", "Nom"), (Ligne(2, ("03/05/2011", "Diallo")), Ligne(3, ("17/12/2011", "N’Guyen")))
    )


textes = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30).map(str.strip)
debuts = st.sampled_from(["=1+1", "+33", "-2", "@x", "＝x", "", "é", "’"])
lignes = st.lists(st.tuples(st.builds(str.__add__, debuts, textes), textes, st.just("fin")), min_size=1, max_size=8)


def sans_bords(lues):
    return [tuple(case.strip(" \t\n\u00a0\u202f\u200b\ufeff") for case in ligne) for ligne in lues]


@given(lignes)
def test_un_export_csv_se_relit_tel_qu_il_fut_ecrit(ecrites):
    tableau = lire(en_csv(Feuille("Essai", ("Un", "Deux", "Trois"), ecrites)))
    assert sans_bords(ligne.cellules for ligne in tableau.lignes) == sans_bords(ecrites)


def test_un_export_xlsx_se_relit_tel_qu_il_fut_ecrit():
    ecrites = [("=1+1", "d’accord", 3), ("+33", "'guillemet", 4.5), ("@x", "deux\nlignes", date(2026, 1, 2))]
    tableau = lire(en_xlsx(Feuille("Essai", ("Un", "Deux", "Trois"), ecrites)))
    assert [ligne.cellules for ligne in tableau.lignes] == ecrites


@given(st.binary(max_size=400))
def test_des_octets_quelconques_se_lisent_ou_se_refusent_d_une_phrase(octets):
    try:
        tableau = lire(octets)
    except FichierRefuse:
        return
    assert all(len(ligne.cellules) == len(tableau.entetes) for ligne in tableau.lignes)


@given(st.text(max_size=200), st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]))
def test_un_texte_quelconque_donne_des_lignes_aussi_longues_que_les_en_tetes(texte, encodage):
    try:
        tableau = lire(texte.encode(encodage, errors="ignore"))
    except FichierRefuse:
        return
    assert all(len(ligne.cellules) == len(tableau.entetes) for ligne in tableau.lignes)
    assert not any("\x00" in str(case) for ligne in tableau.lignes for case in ligne.cellules)


# Ce qui se refuse ------------------------------------------------------------------------------------------------


def chiffrer(contenu: bytes) -> bytes:
    """Le zip, dont chaque entrée se déclare chiffrée."""
    return contenu.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")


def autre_zip(nom: str = "lisez-moi.txt", octets: bytes = b"bonjour", sorte: int = zipfile.ZIP_DEFLATED) -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", sorte) as archive:
        archive.writestr(nom, octets)
    return sortie.getvalue()


@pytest.mark.parametrize(
    ("contenu", "nom", "attendu"),
    [
        (b"", "", "Le fichier ne contient aucune ligne."),
        (b"\xef\xbb\xbf", "", "Le fichier ne contient aucune ligne."),
        (b"\n \n;;\n", "", "Le fichier ne contient aucune ligne."),
        (b"Nom;Classe\n", "", "Le fichier ne contient aucune ligne."),
        (xlsx(("Nom", "Classe")), "", "Le fichier ne contient aucune ligne."),
        (xlsx(), "", "Le fichier ne contient aucune ligne."),
        (b"a" * 5_000_001, "", "Le fichier dépasse 5\u00a0Mo."),
        (b"%PDF-1.7\nobj\n", "liste.csv", FORMAT),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" * 9, "liste.xlsx", FORMAT),
        (b"<html><table><tr><td>Nom</td></tr></table></html>", "liste.xls", FORMAT),
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "liste.csv", FORMAT),
        (b"Bonjour\nceci n'est pas un tableau\n", "liste.xlsx", FORMAT),
        (autre_zip(), "liste.xlsx", FORMAT),
        (ole({"EncryptedPackage": b"x", "EncryptionInfo": b"y"}), "", "Le fichier est protégé par un mot de passe."),
        (ods(ligne_ods("a"), chiffre=True), "", "Le fichier est protégé par un mot de passe."),
        (chiffrer(autre_zip()), "", "Le fichier est protégé par un mot de passe."),
    ],
    ids=[
        "vide",
        "marque d'encodage seule",
        "lignes vides",
        "en-tête seul",
        "classeur à l'en-tête seul",
        "classeur vide",
        "trop lourd",
        "pdf",
        "image",
        "page web",
        "entité xml",
        "texte suivi",
        "autre zip",
        "classeur protégé",
        "ods protégé",
        "zip protégé",
    ],
)
def test_chaque_faute_a_sa_phrase(contenu, nom, attendu):
    assert refus(contenu, nom) == attendu


@pytest.mark.parametrize(
    "contenu",
    [
        b"PK\x05\x06" + b"\0" * 18,
        xlsx(*LIGNES)[:2000],
        xlsx(*LIGNES)[:-30],
        reecrire_le_zip(xlsx(*LIGNES), {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row"}),
        reecrire_le_zip(xlsx(*LIGNES), {"xl/workbook.xml": b""}),
        reecrire_le_zip(xlsx(*LIGNES), ajouter=[("../../etc/passwd", b"x")]),
        reecrire_le_zip(xlsx(*LIGNES), ajouter=[("/etc/passwd", b"x")]),
        xls(*LIGNES)[:1500],
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600,
    ],
    ids=["zip vide", "tronqué", "sans fin", "xml coupé", "sans classeur", "chemin", "racine", "xls coupé", "ole"],
)
def test_un_classeur_abime_se_dit_abime(contenu):
    assert refus(contenu).startswith((ABIME, FORMAT[:20]))


def test_un_guillemet_jamais_referme_nomme_sa_ligne():
    assert refus(b'Nom;Classe\nDiallo;3A\n"Martin;3B\nBernard;3C\n').startswith(
        "Ligne 3\u00a0: un guillemet ouvert n’est pas refermé."
    )


def test_trop_de_lignes_ou_de_colonnes_se_refusent():
    attendu = "Le fichier compte plus de 3 lignes. Gardez seulement celles à importer."
    assert refus(b"a;b\n" + b"1;2\n" * 4, lignes_au_plus=3) == attendu
    assert refus(xlsx(("a", "b"), *[("1", "2")] * 4), lignes_au_plus=3) == attendu
    assert len(lire(b"a;b\n" + b"1;2\n" * 3, lignes_au_plus=3).lignes) == 3
    assert "500 colonnes" in refus(b"a;" * 600 + b"b\n1;2\n")
    assert "500 colonnes" in refus(xlsx(["a"] * 600, ["1"] * 600))


def a_cellule_lointaine() -> bytes:
    return reecrire_le_zip(
        xlsx(*LIGNES),
        {
            "xl/worksheets/sheet1.xml": feuille_xml(
                '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
            )
        },
    )


def un_million_de_lignes() -> bytes:
    ligne = '<row r="{0}"><c r="A{0}"><v>1</v></c></row>'
    return reecrire_le_zip(
        xlsx(*LIGNES),
        {"xl/worksheets/sheet1.xml": feuille_xml("".join(ligne.format(rang) for rang in range(1, 1_000_001)))},
    )


def bombe() -> bytes:
    return reecrire_le_zip(xlsx(*LIGNES), {"xl/worksheets/sheet1.xml": b" " * 315_000_000})


def bombe_qui_ment() -> bytes:
    """La même, dont la taille déclarée est de mille octets."""
    return bombe().replace(struct.pack("<I", 315_000_000), struct.pack("<I", 1000))


def texte_repete() -> bytes:
    """Une chaîne partagée de 32 000 signes, citée cent mille fois."""
    cases = "".join(f'<row r="{rang}"><c r="A{rang}" t="s"><v>0</v></c></row>' for rang in range(1, 100_001))
    partage = b"<sst><si><t>" + b"x" * 32_000 + b"</t></si></sst>"
    return reecrire_le_zip(
        xlsx(*LIGNES), {"xl/worksheets/sheet1.xml": feuille_xml(cases), "xl/sharedStrings.xml": partage}
    )


def entites() -> bytes:
    """« Billion laughs » dans les chaînes partagées."""
    niveaux = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    chaine = f'<!DOCTYPE x [<!ENTITY a0 "ah">{niveaux}]><sst><si><t>&a9;</t></si></sst>'
    return reecrire_le_zip(xlsx(*LIGNES), {"xl/sharedStrings.xml": chaine.encode()})


def ods_repete() -> bytes:
    case = '<table:table-cell table:number-columns-repeated="16384" office:value-type="float" office:value="1"/>'
    return ods(f'<table:table-row table:number-rows-repeated="1048576">{case}</table:table-row>')


def mille_entrees() -> bytes:
    return reecrire_le_zip(xlsx(*LIGNES), ajouter=[(f"n{rang}", b"") for rang in range(2_000)])


def temps_de_calcul() -> float:
    """Secondes de calcul de ce processus et de ceux qu'il a lancés : une machine chargée n'y change rien."""
    enfants = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + enfants.ru_utime + enfants.ru_stime


def memoire_du_moteur(contenu: bytes) -> int:
    """Kilo-octets qu'a pris le moteur au plus fort, mesurés par un processus qui ne fait que le lancer."""
    mesure = (
        "import resource, subprocess, sys\n"
        "subprocess.run([sys.executable, '-I', sys.argv[1], '20000'],"
        " stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    lance = subprocess.run(
        [sys.executable, "-c", mesure, str(MOTEUR)], input=contenu, stdout=subprocess.PIPE, check=True
    )
    return int(lance.stdout)


@pytest.mark.parametrize(
    "fabriquer",
    [
        a_cellule_lointaine,
        un_million_de_lignes,
        bombe,
        bombe_qui_ment,
        texte_repete,
        entites,
        ods_repete,
        mille_entrees,
    ],
)
def test_un_classeur_demesure_se_refuse_en_cinq_secondes_et_trois_cents_mega_octets(fabriquer):
    contenu = fabriquer()
    debut = temps_de_calcul()
    try:
        lire(contenu)
    except FichierRefuse as leve:
        phrase = str(leve)
    else:
        # Les entités ne sont jamais développées : la case citée reste vide.
        assert fabriquer is entites
        phrase = ""
    assert temps_de_calcul() - debut < 5
    assert memoire_du_moteur(contenu) < 300_000
    assert phrase in {"", DEMESURE} or phrase.startswith(("Le fichier compte plus de 20", ABIME))


def test_vingt_mille_lignes_de_vraies_colonnes_passent():
    lignes = [("Nom", "Prénom", "Date", *map(str, range(20))), *[("DIALLO", "Élodie", "x", *["abc"] * 20)] * 20_000]
    assert len(lire(xlsx(*lignes)).lignes) == 20_000


def test_un_export_de_csv_ecrit_par_la_bibliotheque_standard_se_relit():
    sortie = io.StringIO()
    csv.writer(sortie).writerows([["Nom", "Note"], ["a,b", 'c"d'], ["e\nf", ""]])
    assert [ligne.cellules for ligne in lire(sortie.getvalue().encode()).lignes] == [("a,b", 'c"d'), ("e\nf", "")]
