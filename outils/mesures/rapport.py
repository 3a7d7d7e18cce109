"""Les tableaux des mesures, et ce qui n'y est pas tenu."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from outils.mesures.bases import dire
from outils.mesures.chronometre import Resume
from outils.mesures.lignes import Ligne, de_json, en_json
from outils.mesures.machine import la_machine

CROISSANCE_AU_PLUS = 1.5
TITRES = (
    "travail",
    "Passpro, processeur (ms)",
    "nu, processeur (ms)",
    "rapport",
    "visé",
    "Passpro, horloge (ms)",
    "nu, horloge (ms)",
    "SQL",
    "Mo",
)
VIDE = "–"


@dataclass(frozen=True, slots=True)
class Releve:
    """Les lignes d'un sujet, sur une base d'une taille, et où elles ont été prises."""

    taille: int
    le: str
    machine: str
    lignes: list[Ligne]


def garder(lignes: Sequence[Ligne], fichier: Path) -> None:
    le = f"{date.today():%d/%m/%Y}"  # noqa: DTZ011 - le jour de cette machine
    fichier.write_text(json.dumps({"le": le, "machine": la_machine(), "lignes": en_json(lignes)}))


def lire(fichier: Path) -> Releve:
    """Relevé d'un fichier nommé « pages-10000.json »."""
    garde = json.loads(fichier.read_text())
    taille = int(fichier.stem.rpartition("-")[2])
    return Releve(taille, garde["le"], garde["machine"], de_json(garde["lignes"]))


def remplacer(texte: str, sujets: Mapping[str, Sequence[Releve]]) -> str:
    """Le document, où chaque sujet relevé a son tableau entre « <!-- pages --> » et « <!-- fin de pages --> »."""
    for sujet, releves in sujets.items():
        debut, fin = f"<!-- {sujet} -->", f"<!-- fin de {sujet} -->"
        avant, marque, reste = texte.partition(debut)
        if releves and marque:
            texte = f"{avant}{debut}\n{_section(releves)}\n{fin}{reste.partition(fin)[2]}"
    return texte


def _section(releves: Sequence[Releve]) -> str:
    ou = " ; ".join(dict.fromkeys(f"{releve.le}, {releve.machine}" for releve in releves))
    absents = "\n".join(f"- {manque}" for manque in manques(releves)) or "- Tout ce qui est visé est tenu."
    return f"{tableau(releves)}\n\nRelevé : {ou}.\n\n{absents}"


def tableau(releves: Sequence[Releve]) -> str:
    """Une ligne par travail et par taille ; à plusieurs tailles, la croissance compare un travail à lui-même."""
    plusieurs = len(releves) > 1
    plus = list(dict.fromkeys(titre for releve in releves for ligne in releve.lignes for titre in ligne.plus))
    titres = (*TITRES[:1], *(["candidatures", "croissance"] if plusieurs else []), *TITRES[1:], *plus)
    rangs = [
        (
            ligne.nom,
            *([dire(releve.taille), _nombre(croissance)] if plusieurs else []),
            *_cellules(ligne),
            *(str(ligne.plus.get(titre, VIDE)) for titre in plus),
        )
        for releve, ligne, croissance in _dans_l_ordre(releves)
    ]
    alignement = ("---", *("---:",) * (len(titres) - 1))
    return "\n".join(f"| {' | '.join(rang)} |" for rang in (titres, alignement, *rangs))


def manques(releves: Sequence[Releve]) -> Iterator[str]:
    """Ce qui dépasse ce qui est visé, travail par travail."""
    for releve, ligne, croissance in _dans_l_ordre(releves):
        ou = ligne.nom if len(releves) == 1 else f"{ligne.nom}, {dire(releve.taille)} candidatures"
        if ligne.vise and ligne.rapport > ligne.vise:
            yield f"{ou} : {_nombre(ligne.rapport)} fois le travail nu, {_nombre(ligne.vise)} visé."
        if "ko" in ligne.plus and len(releves) > 1 and croissance > CROISSANCE_AU_PLUS:
            visee = _nombre(CROISSANCE_AU_PLUS)
            yield f"{ou} : {_nombre(croissance)} fois son coût à la plus petite taille, {visee} visé."
        for manque in ligne.manques:
            yield f"{ou} : {manque}."


def _dans_l_ordre(releves: Sequence[Releve]) -> Iterator[tuple[Releve, Ligne, float]]:
    """Chaque travail, taille après taille, et sa croissance depuis la plus petite."""
    croissants = sorted(releves, key=lambda releve: releve.taille)
    for rang, depart in enumerate(croissants[0].lignes):
        for releve in croissants:
            ligne = releve.lignes[rang]
            yield releve, ligne, ligne.processeur.mediane / depart.processeur.mediane


def _cellules(ligne: Ligne) -> tuple[str, ...]:
    return (
        _ecart(ligne.processeur),
        _ecart(ligne.processeur_nu),
        _nombre(ligne.rapport),
        VIDE if ligne.vise is None else _nombre(ligne.vise),
        _ecart(ligne.horloge),
        _ecart(ligne.horloge_nu),
        VIDE if ligne.instructions is None else f"{ligne.instructions:.0f}",
        VIDE if ligne.memoire is None else _nombre(ligne.memoire),
    )


def _ecart(resume: Resume) -> str:
    return f"{_nombre(resume.mediane)} ± {_nombre(resume.etendue)}"


def _nombre(valeur: float) -> str:
    """Trois chiffres qui comptent, virgule française."""
    if valeur >= 100:
        return dire(round(valeur))
    return f"{valeur:.{1 if valeur >= 10 else 2}f}".replace(".", ",")
