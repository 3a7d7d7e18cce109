"""Lit les avis de non-remise que le serveur de messagerie donne, et marque les courriels qui ne sont pas arrivés.

    gerer noter_les_retours < avis.eml          comme un serveur de messagerie, par un tube
    gerer noter_les_retours retours/*.eml       des fichiers gardés

Un message qui n'est pas un avis de non-remise d'un courriel de Passpro est laissé, sans erreur : le serveur ne doit
pas renvoyer un avis sur un avis. Si la base ne répond pas, la fin (75) demande au serveur de représenter le message.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import OperationalError
from django.utils import timezone

from courriers.rules import lire_le_retour
from courriers.rules.retours import TAILLE_MAXIMALE
from courriers.services import noter_le_retour

A_REPRESENTER = 75


class Command(BaseCommand):
    help = "Note les courriels revenus sans être remis, d'après les avis du serveur de messagerie."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("fichiers", nargs="*", type=Path, help="Avis à lire ; l'entrée standard sans fichier.")

    def handle(self, *args: Any, fichiers: list[Path], **options: Any) -> None:
        notes = 0
        try:
            for avis in self._avis(fichiers):
                notes += self._noter(avis)
        except OperationalError as panne:
            self.stderr.write(f"La base ne répond pas : {type(panne).__name__}.")
            sys.exit(A_REPRESENTER)
        self.stdout.write(f"{notes} courriel{'s' if notes > 1 else ''} marqué{'s' if notes > 1 else ''} non distribué.")

    def _avis(self, fichiers: list[Path]) -> Iterator[bytes]:
        if not fichiers:
            yield sys.stdin.buffer.read(TAILLE_MAXIMALE)
        for fichier in fichiers:
            with fichier.open("rb") as entree:
                yield entree.read(TAILLE_MAXIMALE)

    def _noter(self, avis: bytes) -> bool:
        retour = lire_le_retour(avis)
        return retour is not None and noter_le_retour(retour=retour, le=timezone.now()) is not None
