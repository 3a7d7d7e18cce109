"""Relit l'historique et le journal de sécurité, et dit chaque ligne changée, ajoutée ou effacée après coup (T21).

    gerer verifier_l_historique

La fin est 1 s'il y a une anomalie. L'atelier le fait chaque nuit, et scelle ensuite ce qui est nouveau.
"""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from comptes.services.sceaux import verifier


class Command(BaseCommand):
    help = "Vérifie que rien n'a changé dans l'historique ni dans le journal de sécurité."

    def handle(self, *args: Any, **options: Any) -> None:
        verification = verifier(le=timezone.now())
        for faute in verification.fautes:
            self.stderr.write(faute)
        self.stdout.write(verification.phrase)
        if verification.fautes:
            sys.exit(1)
