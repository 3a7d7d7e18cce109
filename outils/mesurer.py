"""Mesure le produit à côté du même travail fait par les moyens nus, et l'écrit dans docs/mesures.md.

    bin/mesurer                        # à 10 000, 100 000 et 1 000 000 candidatures
    bin/mesurer 10000 --ecrire         # à une seule taille ; --ecrire garde le tableau dans docs/mesures.md

Chaque taille a sa base, remplie une fois par jour. Une ligne du tableau est une page ; le rapport est celui des temps
de processeur médians de la page et de sa jumelle nue, ouvertes à tour de rôle dans le même processus.
"""

import json
import os
import subprocess
import sys
from datetime import date
from typing import Any

from outils.emplacements import RACINE
from outils.mesures import bases

TAILLES = (10_000, 100_000, 1_000_000)
INSTRUCTIONS_AU_PLUS = 12
CROISSANCE_AU_PLUS = 1.5
TABLEAU = RACINE / "docs" / "mesures.md"
ENTETE = ("page", "candidatures", "page (ms)", "nue (ms)", "rapport", "visé", "croissance", "SQL", "horloge (ms)", "ko")
Mesures = dict[int, list[dict[str, Any]]]


def mesurer(taille: int) -> list[dict[str, Any]]:
    variables = dict(os.environ) | bases.environnement(taille)
    bases.preparer(taille, variables)
    print(f"{bases.dire(taille)} candidatures : mesure des pages…")
    sortie = subprocess.run(
        [sys.executable, "-m", "outils.mesures.releve"],
        cwd=RACINE,
        env=variables,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(sortie.stdout)


def rapport(mesure: dict[str, Any]) -> float:
    return mesure["processeur_page"]["mediane"] / mesure["processeur_nue"]["mediane"]


def lignes(mesures: Mesures) -> list[tuple[str, ...]]:
    """Une ligne par page et par taille ; la croissance compare la page à elle-même, à la plus petite taille."""
    depart = {mesure["nom"]: mesure["processeur_page"]["mediane"] for mesure in mesures[min(mesures)]}
    return [
        _ligne(taille, mesure, depart[mesure["nom"]])
        for rang in range(len(mesures[min(mesures)]))
        for taille in mesures
        for mesure in [mesures[taille][rang]]
    ]


def _ligne(taille: int, mesure: dict[str, Any], depart: float) -> tuple[str, ...]:
    return (
        mesure["nom"],
        bases.dire(taille),
        _ecart(mesure["processeur_page"]),
        _ecart(mesure["processeur_nue"]),
        f"{rapport(mesure):.1f}",
        f"{mesure['vise']:.0f}",
        f"{mesure['processeur_page']['mediane'] / depart:.1f}",
        str(mesure["instructions"]),
        f"{mesure['horloge_page']['mediane']:.0f}",
        str(mesure["octets"] // 1000),
    )


def _ecart(resume: dict[str, float]) -> str:
    return f"{resume['mediane']:.1f} ± {resume['etendue']:.1f}"


def manques(mesures: Mesures) -> list[str]:
    """Ce qui dépasse ce qui est visé, page par page."""
    depart = {mesure["nom"]: mesure["processeur_page"]["mediane"] for mesure in mesures[min(mesures)]}
    trouves = []
    for taille, releves in mesures.items():
        for mesure in releves:
            ou = f"{mesure['nom']}, {bases.dire(taille)}"
            croissance = mesure["processeur_page"]["mediane"] / depart[mesure["nom"]]
            if rapport(mesure) > mesure["vise"]:
                trouves.append(f"{ou} : {rapport(mesure):.1f} fois la page nue, {mesure['vise']:.0f} visé.")
            if mesure["instructions"] > INSTRUCTIONS_AU_PLUS:
                trouves.append(f"{ou} : {mesure['instructions']} instructions, {INSTRUCTIONS_AU_PLUS} au plus.")
            if croissance > CROISSANCE_AU_PLUS:
                trouves.append(f"{ou} : {croissance:.1f} fois son coût à la plus petite taille.")
    return trouves


def en_tableau(rangs: list[tuple[str, ...]]) -> str:
    alignement = ("---", *("---:",) * (len(ENTETE) - 1))
    return "\n".join(f"| {' | '.join(rang)} |" for rang in (ENTETE, alignement, *rangs))


def document(tableau: str, absents: list[str]) -> str:
    machine = f"{os.cpu_count()} cœurs, charge {os.getloadavg()[1]:.1f}"
    return (
        "# Les pages, mesurées\n\n"
        f"Relevé du {date.today():%d/%m/%Y} par `bin/mesurer`, sur {machine}. "  # noqa: DTZ011 - le jour de cette machine
        "Le temps compté est celui du processeur, serveur de base compris ; l’étendue est l’écart entre quartiles. "
        "La « page nue » est une vue Django d’une requête et d’un tableau des mêmes lignes, sans session.\n\n"
        f"{tableau}\n\n"
        "## Ce qui n’est pas atteint\n\n" + ("\n".join(f"- {absent}" for absent in absents) or "Rien.") + "\n"
    )


def main() -> int:
    tailles = tuple(int(argument) for argument in sys.argv[1:] if argument.isdecimal()) or TAILLES
    bases.GRAPPE.demarrer()
    try:
        mesures = {taille: mesurer(taille) for taille in tailles}
    finally:
        bases.GRAPPE.arreter()
    tableau, absents = en_tableau(lignes(mesures)), manques(mesures)
    print(tableau, "", *absents, sep="\n")
    if "--ecrire" in sys.argv:
        TABLEAU.write_text(document(tableau, absents))
    return 1 if absents else 0


if __name__ == "__main__":
    sys.exit(main())
