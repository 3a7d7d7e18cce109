"""Relève un sujet sur la base que désigne l'environnement, et garde ses lignes dans un fichier.

python -m outils.mesures.releve pages pages-10000.json
"""

import logging
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import django
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from outils.mesures.rapport import garder


def ne_rien_partager(sender: Any, *, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Une requête que plusieurs processus se partagent ne se compterait que pour un."""
    with connection.cursor() as curseur:
        curseur.execute("SET max_parallel_workers_per_gather = 0")


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "passpro.settings")
    django.setup()
    logging.disable(logging.INFO)
    connection_created.connect(ne_rien_partager)
    sujet, fichier = sys.argv[1:]
    lignes = import_module(f"outils.mesures.sujets.{sujet}").mesurer(lambda quoi: print(f"  {quoi}", flush=True))
    garder(lignes, Path(fichier))
    return 0


if __name__ == "__main__":
    sys.exit(main())
