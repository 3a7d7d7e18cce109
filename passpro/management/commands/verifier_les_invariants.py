"""Cherche dans la base les états qui ne devraient jamais s'y trouver (F12)."""

import sys

from django.core.management.base import BaseCommand
from django.utils import timezone

from passpro.invariants import INVARIANTS
from passpro.veille import controler


class Command(BaseCommand):
    help = "Cherche les états impossibles ; rend 1 et dit où regarder s'il y en a."

    def handle(self, *args: object, **options: object) -> None:
        ecarts = {ecart.invariant.nom: ecart for ecart in controler(le=timezone.now())}
        largeur = max(len(invariant.nom) for invariant in INVARIANTS)
        for invariant in INVARIANTS:
            ecart = ecarts.get(invariant.nom)
            verdict = f"{ecart.nombre} : {', '.join(ecart.exemples)}" if ecart else "tient"
            self.stdout.write(f"{invariant.nom:<{largeur}}  {invariant.phrase}  {verdict}")
        self.stdout.write(f"\n{len(INVARIANTS)} invariants, {len(ecarts)} contredits.")
        if ecarts:
            sys.exit(1)
