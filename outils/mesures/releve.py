"""Relève un sujet sur la base que désigne l'environnement, et garde ses lignes dans un fichier.

python -m outils.mesures.releve pages pages-10000.json
"""

import logging
import os
import sys
from importlib import import_module
from pathlib import Path

import django

from outils.mesures.rapport import garder


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "passpro.settings")
    django.setup()
    logging.disable(logging.INFO)
    sujet, fichier = sys.argv[1:]
    lignes = import_module(f"outils.mesures.sujets.{sujet}").mesurer(lambda quoi: print(f"  {quoi}", flush=True))
    garder(lignes, Path(fichier))
    return 0


if __name__ == "__main__":
    sys.exit(main())
