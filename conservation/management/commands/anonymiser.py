"""Anonymise les campagnes closes dont la conservation est finie ; la tâche de nuit fait de même.

gerer anonymiser --essai     dit ce qui le serait, et quand, sans rien écrire
gerer anonymiser             fait ce qui est dû aujourd'hui
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from conservation.lectures import conservations_de
from conservation.services import compter, faire_ce_qui_est_du
from conservation.services.anonymisations import dire_les_comptes
from referentiel.models import Academie
from referentiel.rules.dates import dire_jour


class Command(BaseCommand):
    help = "Anonymise les campagnes closes dont la durée de conservation est passée."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--essai", action="store_true", help="Dit ce qui serait fait, sans rien écrire.")

    def handle(self, *args: Any, essai: bool, **options: Any) -> None:
        le = timezone.now()
        if essai:
            self._essayer(le)
            return
        for faite in faire_ce_qui_est_du(le=le):
            self.stdout.write(f"{faite.campagne} : {', '.join(dire_les_comptes(faite.comptes))}.")

    def _essayer(self, le) -> None:
        for academie in Academie.objects.order_by("nom"):
            for conservation in conservations_de(academie):
                prevue = conservation.prevue_le(le)
                if conservation.est_faite or prevue is None:
                    continue
                comptes = dire_les_comptes(compter(campagne=conservation.campagne, le=le))
                quoi = ", ".join(comptes) or "rien"
                self.stdout.write(f"{conservation.campagne} : ce qui serait anonymisé le {dire_jour(prevue)} : {quoi}.")
