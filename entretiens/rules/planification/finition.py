"""Finir le planning sans rien défaire : peu de trous chez les jurys, les anciens d'abord, les groupes à la suite.

Aucun de ces gestes ne change qui est placé, n'ajoute de gêne, ni n'ajoute de demi-journée à un établissement.
"""

from collections import defaultdict
from datetime import date
from itertools import combinations

from entretiens.rules.planification.echanges import echanger
from entretiens.rules.planification.plateau import Guichet, Plateau, numeros
from referentiel.rules.dates import jour_de

PASSES = 3
Siege = tuple[int, int]
"""Un accueil et le numéro d'une place à son guichet."""


def finir(plateau: Plateau) -> None:
    """Range un planning fait : trous, ancienneté, groupes à la suite."""
    Journees(plateau).combler()
    if plateau.reglages.regrouper:
        _les_anciens_d_abord(plateau)
    _ranger_les_demi_journees(plateau)


class Journees:
    """Les journées des jurys, pour en combler les trous avec les élèves des bouts de journée."""

    def __init__(self, plateau: Plateau) -> None:
        self.plateau = plateau
        self.sieges: dict[tuple[int, date], list[Siege]] = defaultdict(list)
        self.journee_de: dict[Siege, tuple[int, date]] = {}
        for accueil, guichet in plateau.guichets.items():
            for numero, place in enumerate(guichet.places):
                # Sans jury, la journée est celle de l'accueil.
                cle = (-accueil if place.jury is None else place.jury, jour_de(place.debut))
                self.sieges[cle].append((accueil, numero))
                self.journee_de[accueil, numero] = cle
        for sieges in self.sieges.values():
            sieges.sort(key=self._heure)

    def combler(self) -> None:
        """Amène dans chaque trou, de la même demi-journée, un élève d'un bout de journée."""
        for _ in range(PASSES):
            if not sum(self._occuper(trou) for cle in self.sieges for trou in self.trous(cle)):
                break

    def trous(self, cle: tuple[int, date]) -> list[Siege]:
        """Les créneaux vides d'une journée, entre deux créneaux occupés."""
        occupes = self._occupes(cle)
        if not occupes:
            return []
        return [siege for siege in self.sieges[cle][occupes[0] : occupes[-1]] if not self._est_occupe(siege)]

    def _occuper(self, trou: Siege) -> bool:
        accueil, numero = trou
        guichet = self.plateau.guichets[accueil]
        return any(
            self._est_au_bout((accueil, voisin)) and _venir(self.plateau, guichet, voisin, numero)
            for voisin in numeros(guichet.par_demi[guichet.demis[numero]])
            if len(guichet.occupants[voisin]) == 1
        )

    def _est_au_bout(self, siege: Siege) -> bool:
        cle = self.journee_de[siege]
        occupes = self._occupes(cle)
        return siege in (self.sieges[cle][occupes[0]], self.sieges[cle][occupes[-1]])

    def _occupes(self, cle: tuple[int, date]) -> list[int]:
        return [rang for rang, siege in enumerate(self.sieges[cle]) if self._est_occupe(siege)]

    def _est_occupe(self, siege: Siege) -> bool:
        guichet, numero = self.plateau.guichets[siege[0]], siege[1]
        return bool(guichet.occupants[numero] or guichet.places[numero].presents or not guichet.places[numero].libres)

    def _heure(self, siege: Siege) -> tuple[object, int]:
        place = self.plateau.guichets[siege[0]].places[siege[1]]
        return place.debut, place.cle


def _venir(plateau: Plateau, guichet: Guichet, voisin: int, numero: int) -> bool:
    """Déplace l'élève de la place voisine, s'il y est seul, dans le trou et sans gêne de plus."""
    place = guichet.places[voisin]
    [rang] = guichet.occupants[voisin]
    gene = plateau.gene(rang, numero)
    if place.presents or place.etablissement != guichet.places[numero].etablissement or gene is None:
        return False
    if gene > plateau.gene_de(rang):
        return False
    plateau.lever(rang)
    plateau.poser(rang, numero)
    return True


def _les_anciens_d_abord(plateau: Plateau) -> None:
    """Dans un groupe, les plus tôt inscrits passent aux plus tôt des demi-journées qu'il occupe."""
    groupes: dict[tuple[int, int], list[int]] = defaultdict(list)
    for rang, candidat in enumerate(plateau.candidats):
        if plateau.est_place(rang):
            groupes[candidat.accueil, candidat.origine].append(rang)
    for (accueil, _), groupe in groupes.items():
        demis = plateau.guichets[accueil].demis
        for ancien, recent in combinations(groupe, 2):
            if demis[plateau.place_de[recent]] < demis[plateau.place_de[ancien]]:
                echanger(plateau, ancien, recent)


def _ranger_les_demi_journees(plateau: Plateau) -> None:
    """Dans une demi-journée, ceux d'un même établissement se suivent, et les anciens passent d'abord."""
    for guichet in plateau.guichets.values():
        for masque in guichet.par_demi.values():
            sieges = [numero for numero in numeros(masque) for _ in guichet.occupants[numero]]
            presents = [rang for numero in numeros(masque) for rang in guichet.occupants[numero]]
            for rang, numero in zip(_a_la_suite(plateau, presents), sieges, strict=True):
                if plateau.place_de[rang] != numero:
                    _ = any(echanger(plateau, rang, autre) for autre in list(guichet.occupants[numero]))


def _a_la_suite(plateau: Plateau, rangs: list[int]) -> list[int]:
    """Ces candidats, établissement par établissement, celui du plus ancien d'abord ; sans regrouper, par ancienneté."""
    if not plateau.reglages.regrouper:
        return sorted(rangs)
    premier: dict[int, int] = {}
    for rang in sorted(rangs):
        premier.setdefault(plateau.candidats[rang].origine, rang)
    return sorted(rangs, key=lambda rang: (premier[plateau.candidats[rang].origine], rang))
