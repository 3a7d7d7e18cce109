"""Mesure le produit à côté du même travail fait par les moyens nus, et l'écrit dans docs/mesures.md.

    bin/mesurer                              # tout, les pages à 10 000 et 100 000 candidatures
    bin/mesurer 10000 --seulement pages      # un sujet, une taille
    bin/mesurer 1000000 --seulement pages    # la plus grande base : un quart d'heure pour la remplir, 4 Go de disque
    bin/mesurer --ecrire                     # et garder les tableaux dans docs/mesures.md

Une ligne d'un tableau est un travail du produit et le même par les moyens nus, faits tour à tour : ce qui compte est
leur rapport. Les derniers relevés de chaque sujet se gardent ; `--ecrire` les réunit tous.
"""

import argparse
import sys
import time

from outils.emplacements import RACINE, TRAVAIL
from outils.mesures import rapport
from outils.mesures.bases import ECRITURE, LECTURE, dire

TAILLES = (10_000, 100_000)
TAILLE_DES_AUTRES = 10_000
# Sujet : le module qui le mesure, et les bases qu'il lui faut.
SUJETS = {
    "pages": ("pages", LECTURE),
    "courriels": ("courriels", ECRITURE),
    "import": ("imports", ECRITURE),
    "planning": ("planning", LECTURE),
    "fiches": ("fiches", LECTURE),
}
RELEVES = TRAVAIL / "mesures-relevees"
TABLEAU = RACINE / "docs" / "mesures.md"


def mesurer(sujet: str, taille: int) -> None:
    """Prépare la base, relève le sujet et garde ses lignes."""
    module, bases = SUJETS[sujet]
    RELEVES.mkdir(exist_ok=True)
    with bases.ouvertes():
        bases.preparer(taille)
        bases.relever(module, taille, RELEVES / f"{sujet}-{taille}.json")


def gardes(sujet: str) -> list[rapport.Releve]:
    """Les derniers relevés d'un sujet, de la plus petite taille à la plus grande."""
    return sorted(map(rapport.lire, RELEVES.glob(f"{sujet}-*.json")), key=lambda releve: releve.taille)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument(
        "tailles", nargs="*", type=int, default=TAILLES, help="candidatures des bases où lire les pages"
    )
    options.add_argument("--seulement", choices=SUJETS, action="append", help="ce sujet, pas les autres")
    options.add_argument("--ecrire", action="store_true", help="remplace les tableaux de docs/mesures.md")
    choix = options.parse_args()
    debut, absents = time.monotonic(), []
    for sujet in choix.seulement or SUJETS:
        for taille in choix.tailles if sujet == "pages" else (TAILLE_DES_AUTRES,):
            print(f"{time.monotonic() - debut:5.0f} s  {sujet}, {dire(taille)} candidatures", flush=True)
            mesurer(sujet, taille)
        releves = gardes(sujet)
        print("", rapport.tableau(releves), "", sep="\n", flush=True)
        absents += rapport.manques(releves)
    if choix.ecrire:
        TABLEAU.write_text(rapport.remplacer(TABLEAU.read_text(), {sujet: gardes(sujet) for sujet in SUJETS}))
    print("\n".join(absents) or "Tout ce qui est visé est tenu.")
    return 1 if absents else 0


if __name__ == "__main__":
    sys.exit(main())
