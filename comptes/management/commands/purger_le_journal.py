"""Efface du journal de sécurité ce qui a passé sa durée de conservation (R40).

gerer purger_le_journal --simuler    dit combien de lignes partiraient
gerer purger_le_journal
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from comptes.services.journal import duree_du_journal, purger_le_journal


class Command(BaseCommand):
    help = "Efface du journal de sécurité les lignes plus anciennes que CONSERVATION_DU_JOURNAL_JOURS."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--simuler", action="store_true", help="Compte sans rien effacer.")

    def handle(self, *args: Any, simuler: bool, **options: Any) -> None:
        duree = duree_du_journal()
        nombre = purger_le_journal(le=timezone.now(), apres=duree, pour_de_vrai=not simuler)
        verbe = "à effacer" if simuler else "effacées"
        self.stdout.write(f"Journal de sécurité : {nombre} lignes {verbe}, de plus de {duree.days} jours.")
