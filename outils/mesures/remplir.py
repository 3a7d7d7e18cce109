"""Remplit la base que désigne l'environnement : `python -m outils.mesures.remplir <candidatures> <graine>`."""

import os
import sys
import time

import django


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "passpro.settings")
    django.setup()
    from outils.mesures.peuplement import peupler

    taille, graine = int(sys.argv[1]), int(sys.argv[2])
    depart = time.perf_counter()
    lignes = peupler(taille, graine)
    print(f"  {sum(lignes.values()):,} lignes en {time.perf_counter() - depart:.0f} s".replace(",", " "))
    return 0


if __name__ == "__main__":
    sys.exit(main())
