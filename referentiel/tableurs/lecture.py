"""La seule porte par où un tableur entre : CSV, XLSX, XLS ou ODS, reconnus à leur contenu (R9, R13, R41, T17).

Rien n'y est écrit, ni gardé : des octets entrent, un `Tableau` sort, ou un `FichierRefuse` dit quoi faire.
Un classeur est lu dans un processus à part, borné en temps et en mémoire (`moteur_tableur`).
"""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from referentiel.rules.dates import INSECABLE
from referentiel.rules.refus import Refus
from referentiel.tableurs.ecriture import DEBUTS_DE_FORMULE

OCTETS_AU_PLUS = 5_000_000
LIGNES_AU_PLUS = 20_000
COLONNES_AU_PLUS = 500
# Un processeur disputé allonge l’attente ; le calcul lui-même est borné par le moteur.
DELAI = 20
MOTEUR = Path(__file__).with_name("moteur_tableur.py")
DEBUTS_DE_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
DEBUT_D_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SEPARATEURS = (";", "\t", ",")
LIGNES_SONDEES = 30
LIGNES_DE_TITRE_AU_PLUS = 15
COMMANDES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
EXTENSIONS_DE_CLASSEUR = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".pdf", ".doc", ".docx", ".numbers")
# Les huit octets où ISO-8859-15 diffère de Windows-1252, et ceux que seul Windows-1252 emploie.
PROPRES_A_LATIN9 = frozenset(b"\xa4\xa6\xa8\xb4\xb8\xbc\xbd\xbe")
PROPRES_A_CP1252 = frozenset(range(0x80, 0xA0))

FORMAT = "Ce fichier n’est pas un CSV ni un Excel (.xlsx). Enregistrez-le dans l’un de ces formats."
MOT_DE_PASSE = "Le fichier est protégé par un mot de passe."
VIDE = "Le fichier ne contient aucune ligne."
ABIME = (
    f"Le fichier est abîmé{INSECABLE}: il ne s’ouvre pas. Ouvrez-le dans votre tableur, "
    "enregistrez-le de nouveau, puis renvoyez-le."
)
DEMESURE = (
    "Ce classeur est trop grand une fois ouvert. Copiez seulement le tableau utile dans un classeur neuf, "
    "ou enregistrez-le en CSV, puis renvoyez-le."
)
COLONNES = f"Le tableau compte plus de {COLONNES_AU_PLUS} colonnes. Gardez seulement celles à importer."


class FichierRefuse(Refus):
    """Le fichier ne se lit pas ; `str(refus)` dit ce qui ne va pas et comment y remédier."""


@dataclass(frozen=True, slots=True)
class Ligne:
    """Une ligne qui n'est pas vide. `numero` est celui que la personne voit dans son fichier."""

    numero: int
    cellules: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Tableau:
    """Des en-têtes et des lignes d'autant de cellules : texte, nombre, `date`, `datetime` ou booléen."""

    entetes: tuple[str, ...]
    lignes: tuple[Ligne, ...]

    def colonnes(self, voulues: Iterable[int]) -> "Tableau":
        """Le même tableau, réduit à ces colonnes dans cet ordre : le reste est oublié aussitôt (R13)."""
        rangs = tuple(voulues)
        return Tableau(
            tuple(self.entetes[rang] for rang in rangs),
            tuple(Ligne(ligne.numero, tuple(ligne.cellules[rang] for rang in rangs)) for ligne in self.lignes),
        )


def lire(
    contenu: bytes, nom: str = "", *, lignes_au_plus: int = LIGNES_AU_PLUS, octets_au_plus: int = OCTETS_AU_PLUS
) -> Tableau:
    """Tableau contenu dans un fichier CSV, XLSX, XLS ou ODS de nom `nom`.

    Lève `FichierRefuse` s'il est trop lourd, vide, chiffré, abîmé, démesuré ou d'une autre sorte (R41).
    """
    if len(contenu) > octets_au_plus:
        raise FichierRefuse(f"Le fichier dépasse {octets_au_plus // 1_000_000}{INSECABLE}Mo.")
    if contenu.startswith((*DEBUTS_DE_ZIP, DEBUT_D_OLE)):
        return _tableau(_lignes_du_classeur(contenu, lignes_au_plus), lignes_au_plus, VIDE)
    texte = _decoder(contenu)
    tableau = _tableau(_lignes_du_texte(texte), lignes_au_plus, VIDE)
    if len(tableau.entetes) < 2 and nom.lower().endswith(EXTENSIONS_DE_CLASSEUR):
        raise FichierRefuse(FORMAT)
    return tableau


def lire_le_texte(
    colle: str, *, lignes_au_plus: int = LIGNES_AU_PLUS, caracteres_au_plus: int = OCTETS_AU_PLUS
) -> Tableau:
    """Tableau collé depuis un tableur (tabulations), ou tapé en CSV. Lève `FichierRefuse` comme `lire`."""
    if len(colle) > caracteres_au_plus:
        raise FichierRefuse("Le texte collé est trop long. Envoyez plutôt le fichier.")
    return _tableau(_lignes_du_texte(colle.removeprefix("\ufeff")), lignes_au_plus, "Le texte collé est vide.")


def _lignes_du_classeur(contenu: bytes, lignes_au_plus: int) -> list[Ligne]:
    """Lignes lues par le moteur. Une ligne de plus que permis lui est demandée, pour l'en-tête et les titres."""
    bornes = str(lignes_au_plus + LIGNES_DE_TITRE_AU_PLUS)
    try:
        moteur = subprocess.run(
            [sys.executable, "-I", str(MOTEUR), bornes],
            input=contenu,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=DELAI,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired as depassement:
        raise FichierRefuse(DEMESURE) from depassement
    if moteur.returncode:
        raise FichierRefuse(DEMESURE if moteur.returncode < 0 else ABIME)
    reponse = json.loads(moteur.stdout)
    if cle := reponse.get("refus"):
        raise FichierRefuse(_phrase(cle, lignes_au_plus))
    return [Ligne(numero, tuple(_valeur(case) for case in cases)) for numero, cases in reponse["lignes"]]


def _phrase(cle: str, lignes_au_plus: int) -> str:
    phrases = {
        "format": FORMAT,
        "mot_de_passe": MOT_DE_PASSE,
        "demesure": DEMESURE,
        "colonnes": COLONNES,
        "lignes": _trop_de_lignes(lignes_au_plus),
    }
    return phrases.get(cle, ABIME)


def _trop_de_lignes(lignes_au_plus: int) -> str:
    nombre = f"{lignes_au_plus:,}".replace(",", "\u202f")
    return f"Le fichier compte plus de {nombre} lignes. Gardez seulement celles à importer."


def _valeur(case: Any) -> Any:
    if isinstance(case, str):
        return _texte_propre(case)
    if isinstance(case, dict):
        return date.fromisoformat(case["jour"]) if "jour" in case else datetime.fromisoformat(case["instant"])
    return "" if case is None else case


def _texte_propre(texte: str) -> str:
    """Sans espaces autour, sans caractère de commande, sans l'apostrophe posée devant une formule à l'export."""
    propre = COMMANDES.sub("", texte.replace("\r\n", "\n").replace("\r", "\n")).strip(" \t\n\u00a0\u202f\u200b\ufeff")
    return propre[1:] if propre.startswith("'") and propre[1:].startswith(DEBUTS_DE_FORMULE) else propre


def _decoder(contenu: bytes) -> str:
    """Texte d'un CSV : UTF-8, avec ou sans BOM, UTF-16 avec BOM, Windows-1252 ou ISO-8859-15."""
    if contenu.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _texte_lisible(contenu.decode("utf-16", errors="replace"))
    try:
        return _texte_lisible(contenu.decode("utf-8-sig"))
    except UnicodeDecodeError:
        octets = frozenset(contenu)
        latin9 = not octets & PROPRES_A_CP1252 and octets & PROPRES_A_LATIN9
        return _texte_lisible(contenu.decode("iso-8859-15" if latin9 else "cp1252", errors="replace"))


def _texte_lisible(texte: str) -> str:
    """Le texte, s'il en est un : ni octets quelconques, ni page web, ni XML, ni document."""
    if texte.lstrip()[:1] == "<" or texte.startswith(("%PDF", "{\\rtf")):
        raise FichierRefuse(FORMAT)
    commandes = len(COMMANDES.findall(texte)) + texte.count("\ufffd")
    if "\x00" in texte or commandes * 100 > len(texte):
        raise FichierRefuse(FORMAT)
    return texte


def _lignes_du_texte(texte: str) -> Iterator[Ligne]:
    separateur, texte = _separateur(texte)
    for numero, cases in _lire_en_csv(texte, separateur):
        if any(case.strip() for case in cases):
            if len(cases) > COLONNES_AU_PLUS and any(case.strip() for case in cases[COLONNES_AU_PLUS:]):
                raise FichierRefuse(COLONNES)
            yield Ligne(numero, tuple(_texte_propre(case) for case in cases[:COLONNES_AU_PLUS]))


def _separateur(texte: str) -> tuple[str, str]:
    """Le séparateur et le texte : « sep=; » en tête l'impose, sinon celui qui donne les lignes les plus égales."""
    if annonce := re.match(r'"?sep=([;,|\t])"?\r?\n', texte, re.IGNORECASE):
        return annonce[1], "\n" + texte[annonce.end() :]
    return max(SEPARATEURS, key=lambda separateur: _regularite(texte, separateur)), texte


def _regularite(texte: str, separateur: str) -> int:
    """Lignes de même largeur parmi les premières, comptées autant de fois qu'elles ont de séparateurs."""
    lecteur = csv.reader(io.StringIO(texte, newline=""), delimiter=separateur)
    try:
        largeurs = [len(cases) for cases in islice(lecteur, LIGNES_SONDEES) if len(cases) > 1]
    except csv.Error:
        return 0
    return max(((largeur - 1) * largeurs.count(largeur) for largeur in set(largeurs)), default=0)


def _lire_en_csv(texte: str, separateur: str) -> Iterator[tuple[int, list[str]]]:
    """Chaque ligne et son numéro. Des guillemets mal placés sont tolérés ; un guillemet jamais refermé, non."""
    try:
        lues = list(csv.reader(io.StringIO(texte, newline=""), delimiter=separateur, strict=True))
    except csv.Error as erreur:
        if "unexpected end" in str(erreur):
            raise FichierRefuse(_guillemet_ouvert(texte)) from erreur
        lues = _lire_sans_rigueur(texte, separateur)
    return enumerate(lues, start=1)


def _lire_sans_rigueur(texte: str, separateur: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(texte, newline=""), delimiter=separateur))
    except csv.Error as erreur:
        raise FichierRefuse(_guillemet_ouvert(texte)) from erreur


def _guillemet_ouvert(texte: str) -> str:
    """La phrase, avec la première ligne au nombre impair de guillemets : la faute en part le plus souvent."""
    impaires = (rang for rang, ligne in enumerate(texte.splitlines(), start=1) if ligne.count('"') % 2)
    return (
        f"Ligne {next(impaires, 1)}{INSECABLE}: un guillemet ouvert n’est pas refermé. "
        "Corrigez-le, ou enregistrez le tableau au format Excel (.xlsx)."
    )


def _tableau(lues: Iterable[Ligne], lignes_au_plus: int, vide: str) -> Tableau:
    """En-têtes, puis lignes complétées à la largeur du tableau ; les titres d'une seule case en tête sont sautés."""
    ecrites = (ligne for ligne in lues if any(case != "" for case in ligne.cellules))
    lignes = list(islice(ecrites, lignes_au_plus + LIGNES_DE_TITRE_AU_PLUS + 1))
    rang = _rang_de_l_entete(lignes)
    corps = lignes[rang + 1 :]
    if not corps:
        raise FichierRefuse(vide)
    if len(corps) > lignes_au_plus:
        raise FichierRefuse(_trop_de_lignes(lignes_au_plus))
    debut, fin = _etendue(lignes[rang:])
    return Tableau(
        tuple(_en_texte(case) for case in _ajuster(lignes[rang].cellules, debut, fin)),
        tuple(Ligne(ligne.numero, _ajuster(ligne.cellules, debut, fin)) for ligne in corps),
    )


def _rang_de_l_entete(lignes: Sequence[Ligne]) -> int:
    """Rang de la première ligne de plusieurs cases, si elle n'est précédée que de titres ; sinon la première."""
    for rang, ligne in enumerate(lignes[:LIGNES_DE_TITRE_AU_PLUS]):
        if sum(case != "" for case in ligne.cellules) > 1:
            return rang
    return 0


def _etendue(lignes: Sequence[Ligne]) -> tuple[int, int]:
    """Première colonne occupée, et celle qui suit la dernière."""
    occupees = {rang for ligne in lignes for rang, case in enumerate(ligne.cellules) if case != ""}
    return min(occupees), max(occupees) + 1


def _ajuster(cellules: tuple[Any, ...], debut: int, fin: int) -> tuple[Any, ...]:
    return (*cellules[debut:fin], *[""] * (fin - max(len(cellules), debut)))


def _en_texte(case: Any) -> str:
    if isinstance(case, date):
        return f"{case:%d/%m/%Y}"
    return " ".join(str(case).split())
