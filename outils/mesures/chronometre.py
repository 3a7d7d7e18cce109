"""Le chronomètre : ce qu'un geste coûte en temps de processeur, d'horloge, en instructions SQL et en mémoire.

Le processeur compté est celui de ce processus, de ses enfants et du serveur PostgreSQL qui lui répond : les voisins
d'une machine occupée ne le faussent pas. L'horloge, elle, ne se lit bien que sur une machine au repos.
"""

import os
import resource
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

TOURS = 15
ECHAUFFEMENT = 3
Geste = Callable[[], object]
T = TypeVar("T")


class Duree(NamedTuple):
    """Secondes d'un geste."""

    processeur: float
    horloge: float


@dataclass(frozen=True, slots=True)
class Resume:
    """Médiane et écart entre quartiles d'une suite de tours, en millisecondes."""

    mediane: float
    etendue: float

    @classmethod
    def de(cls, secondes: list[float], *, diviseur: int = 1) -> "Resume":
        """Résumé de tours dont chacun fait `diviseur` fois le même travail."""
        valeurs = [seconde * 1000 / diviseur for seconde in secondes]
        bas, milieu, haut = statistics.quantiles(valeurs, n=4) if len(valeurs) > 1 else valeurs * 3
        return cls(milieu, haut - bas)


class Chronometre:
    """Mesure des gestes ; `sauf` est un enfant dont le travail n'est pas le leur, sans `base` ils n'en lisent pas."""

    def __init__(self, *, sauf: int | None = None, base: bool = True) -> None:
        self.sauf = sauf
        self.base = base

    def chronometrer(self, geste: Callable[[], T]) -> tuple[Duree, T]:
        """Durée du geste, et ce qu'il rend."""
        depart, horloge = self._processeur(), time.perf_counter()
        fruit = geste()
        return Duree(self._processeur() - depart, time.perf_counter() - horloge), fruit

    def alterner(
        self,
        gestes: dict[str, Geste],
        *,
        tours: int = TOURS,
        echauffement: int = ECHAUFFEMENT,
        avant: Geste = lambda: None,
    ) -> dict[str, list[Duree]]:
        """Par geste, ses durées, tour après tour ; les gestes se suivent, pour que la machine soit la même à tous.

        `avant` prépare chaque tour, hors du temps compté.
        """
        releves: dict[str, list[Duree]] = {nom: [] for nom in gestes}
        for tour in range(-echauffement, tours):
            avant()
            for nom, geste in gestes.items():
                duree, _ = self.chronometrer(geste)
                if tour >= 0:
                    releves[nom].append(duree)
        return releves

    def _processeur(self) -> float:
        usages = (resource.getrusage(qui) for qui in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        finis = sum(usage.ru_utime + usage.ru_stime for usage in usages)
        vivants = sum(_secondes_de(pid) for pid in enfants() if pid != self.sauf)
        return finis + vivants + (_secondes_de(_serveur()) if self.base else 0)


def enfants() -> Iterator[int]:
    """Les processus que celui-ci a ouverts et qui tournent encore."""
    for tache in Path(f"/proc/{os.getpid()}/task").iterdir():
        # Un fil peut finir pendant qu'on le lit.
        with suppress(FileNotFoundError, ProcessLookupError):
            yield from map(int, (tache / "children").read_text().split())


def memoire_residente(pid: int) -> float:
    """Mémoire résidente d'un processus, en Mo ; zéro s'il n'est plus là."""
    try:
        lignes = Path(f"/proc/{pid}/status").read_text().splitlines()
    except FileNotFoundError:
        return 0
    return next((int(ligne.split()[1]) for ligne in lignes if ligne.startswith("VmRSS:")), 0) / 1024


def compter_les_instructions(geste: Geste) -> int:
    from django.db import connection

    instructions: list[str] = []

    def noter(executer, sql, parametres, plusieurs, contexte):
        instructions.append(sql)
        return executer(sql, parametres, plusieurs, contexte)

    with connection.execute_wrapper(noter):
        geste()
    return len(instructions)


def memoire_prise(geste: Geste) -> float:
    """Ce que Python a de plus en mémoire, au plus haut, pendant le geste, en Mo."""
    tracemalloc.start()
    try:
        geste()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def _serveur() -> int:
    from django.db import connection

    connection.ensure_connection()
    return connection.connection.info.backend_pid


def _secondes_de(pid: int) -> float:
    """Processeur d'un processus en cours, tous fils d'exécution compris."""
    try:
        fils = [(fil / "schedstat").read_text() for fil in Path(f"/proc/{pid}/task").iterdir()]
    except FileNotFoundError:
        return 0
    return sum(int(releve.split()[0]) for releve in fils) / 1e9
