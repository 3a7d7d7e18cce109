"""Rend une sauvegarde à la base et aux fichiers de l'application, puis vérifie la base.

bin/restaurer .run/sauvegardes/passpro-20270315T030000Z
bin/restaurer … --ecraser                # remplace ce que la base et le dossier des fichiers contiennent
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

from outils import environnement, services
from outils.emplacements import RACINE
from outils.postgresql import PostgresqlIndisponible
from outils.sauvegarde import Base, RestaurationImpossible, restaurer
from outils.sauvegarder import FICHIERS
from outils.valkey import ValkeyIndisponible

RAPPEL = """Une sauvegarde ne contient pas les droits des rôles. Si l’application a le sien, relancez d’abord :
bin/gerer roles_de_la_base"""


def main() -> int:
    """Restaure ; rend 1, et le dit, si la sauvegarde n'est pas rendue ou si un invariant ne tient pas."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("sauvegarde", type=Path)
    options.add_argument("--ecraser", action="store_true", help="remplace une base et un dossier qui ne sont pas vides")
    choix = options.parse_args()
    reglages = environnement.preparer()
    debut = time.monotonic()
    try:
        with services.ouverts():
            base = Base.a_l_adresse(reglages["DATABASE_URL"])
            fichiers = Path(reglages.get("DOSSIER_DES_FICHIERS", FICHIERS))
            manifeste = restaurer(choix.sauvegarde, base=base, fichiers=fichiers, ecraser=choix.ecraser)
            print(f"Rendue : {manifeste.phrase}, en {time.monotonic() - debut:.0f} s", flush=True)
            fin = _verifier(reglages)
            print(RAPPEL)
            return fin
    except (RestaurationImpossible, PostgresqlIndisponible, ValkeyIndisponible) as panne:
        print(panne, file=sys.stderr)
        return 1


def _verifier(reglages: dict[str, str]) -> int:
    """Met la base à la version du code, puis y cherche les états impossibles."""
    for commande in (["migrate", "--verbosity", "0"], ["verifier_les_invariants"]):
        fin = subprocess.run([sys.executable, RACINE / "manage.py", *commande], env=reglages, check=False)
        if fin.returncode:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
