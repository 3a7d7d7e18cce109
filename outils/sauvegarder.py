"""Sauvegarde la base et les fichiers de l'application.

bin/sauvegarder                          # dans .run/sauvegardes
bin/sauvegarder /srv/sauvegardes --garder 14
"""

import argparse
import os
import sys
import time
from pathlib import Path

from outils import environnement, services
from outils.emplacements import TRAVAIL
from outils.postgresql import PostgresqlIndisponible
from outils.sauvegarde import Base, SauvegardeImpossible, lire_le_manifeste, sauvegarder
from outils.valkey import ValkeyIndisponible

DOSSIER = TRAVAIL / "sauvegardes"
FICHIERS = TRAVAIL / "fichiers"


def main() -> int:
    """Fait une sauvegarde ; rend 1, et le dit, si elle a échoué."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("dossier", type=Path, nargs="?", default=DOSSIER)
    options.add_argument("--garder", type=int, default=0, help="n’en laisse que tant, les plus récentes ; 0 : toutes")
    choix = options.parse_args()
    os.umask(0o077)
    reglages = environnement.preparer()
    debut = time.monotonic()
    try:
        with services.ouverts():
            base = Base.a_l_adresse(reglages["DATABASE_URL"])
            fichiers = Path(reglages.get("DOSSIER_DES_FICHIERS", FICHIERS))
            faite = sauvegarder(choix.dossier, base=base, fichiers=fichiers, garder=choix.garder)
    except (SauvegardeImpossible, PostgresqlIndisponible, ValkeyIndisponible) as panne:
        print(panne, file=sys.stderr)
        return 1
    print(f"{faite} : {lire_le_manifeste(faite).phrase}, faite en {time.monotonic() - debut:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
