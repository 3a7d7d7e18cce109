"""Le processeur que prennent un processus et tout ce qui en descend, vivant ou déjà rendu."""

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

TICS = os.sysconf("SC_CLK_TCK")
PARENT, TEMPS = 1, slice(11, 15)


@dataclass
class Compteur:
    """Relève de temps en temps chaque racine, d'un nom qui se répète si elle est relancée."""

    _vus: dict[tuple[str, int], float] = field(default_factory=dict)
    _depart: dict[str, float] = field(default_factory=dict)

    def relever(self, racines: Mapping[int, str]) -> None:
        """`racines` : le nom de chaque processus racine. Une racine disparue garde son dernier relevé."""
        temps, enfants = _lire_les_processus()
        for racine, nom in racines.items():
            if racine in temps:
                self._vus[nom, racine] = sum(temps[pid] for pid in _descendance(racine, enfants))

    def partir(self, racines: Mapping[int, str]) -> None:
        """Ce qui est dépensé jusqu'ici ne compte pas."""
        self.relever(racines)
        self._depart = self.totaux()

    def totaux(self) -> dict[str, float]:
        """Secondes de processeur par nom, depuis le départ."""
        sommes: dict[str, float] = defaultdict(float)
        for (nom, _), secondes in self._vus.items():
            sommes[nom] += secondes
        return {nom: secondes - self._depart.get(nom, 0.0) for nom, secondes in sommes.items()}


def _lire_les_processus() -> tuple[dict[int, float], dict[int, list[int]]]:
    """Secondes de chaque processus, enfants rendus compris, et les enfants de chacun."""
    temps: dict[int, float] = {}
    enfants: dict[int, list[int]] = defaultdict(list)
    for dossier in Path("/proc").iterdir():
        if not dossier.name.isdecimal():
            continue
        try:
            champs = (dossier / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        temps[int(dossier.name)] = sum(map(int, champs[TEMPS])) / TICS
        enfants[int(champs[PARENT])].append(int(dossier.name))
    return temps, enfants


def _descendance(racine: int, enfants: Mapping[int, list[int]]) -> Iterator[int]:
    yield racine
    for enfant in enfants.get(racine, ()):
        yield from _descendance(enfant, enfants)
