"""Partager un long travail entre les cœurs de la machine."""

import os
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from typing import TypeVar

from django.db import connections

Element = TypeVar("Element")
COEURS = min(os.cpu_count() or 1, 4)


class TravailInterrompu(Exception):
    """Un des processus s'est arrêté avant la fin ; sa trace est affichée plus haut."""


def partager(travail: Callable[[Sequence[Element]], object], elements: Sequence[Element]) -> None:
    """Fait `travail` sur `elements`, une part par cœur, chaque processus avec sa propre connexion à la base.

    Lève `TravailInterrompu` si l'un d'eux échoue.
    """
    connections.close_all()
    processus = [get_context("fork").Process(target=travail, args=(elements[part::COEURS],)) for part in range(COEURS)]
    for ouvrier in processus:
        ouvrier.start()
    for ouvrier in processus:
        ouvrier.join()
    if any(ouvrier.exitcode for ouvrier in processus):
        raise TravailInterrompu("L’installation s’est arrêtée en chemin\u00a0: relancez-la.")
