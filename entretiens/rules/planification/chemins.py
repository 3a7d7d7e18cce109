"""Faire une place à un élève en en déplaçant d'autres du même guichet : le plus court chemin augmentant.

Un élève sans place libre peut en prendre une que tient un autre, si cet autre peut aller ailleurs, et ainsi de suite
jusqu'à une place libre. On explore ces enchaînements du moins gênant au plus gênant (Dijkstra, où le coût d'un pas
est la gêne ajoutée). Quand aucun n'aboutit, aucun planning de ce guichet ne place cet élève de plus : les places
vues sont une impasse, et le restent tant que personne ne part.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from entretiens.rules.planification.plateau import GENES, MARGE_ROMPUE, Guichet, Plateau, numeros

# Une gêne d'un rang pèse plus que toutes celles des rangs inférieurs ensemble.
BASE = 1 << 20
POIDS = tuple(BASE**gene if gene else 0 for gene in GENES)


@dataclass(slots=True)
class Exploration:
    """Ce qui est atteint depuis un élève : pour chaque place, qui la prendrait."""

    plateau: Plateau
    guichet: Guichet
    gene_au_plus: int
    prendrait: dict[int, int] = field(default_factory=dict)
    vues: int = 0
    _file: list[tuple[int, int, int, int]] = field(default_factory=list)
    _ordre: Iterator[int] = field(default_factory=count)

    def derouler(self, rang: int) -> Iterator[int]:
        """Ensembles de places atteintes depuis `rang`, du moins gênant au plus gênant."""
        self._proposer(rang, 0, 0)
        while self._file:
            cout, _, masque, qui = heappop(self._file)
            nouvelles = masque & ~self.vues
            if not nouvelles:
                continue
            self.vues |= nouvelles
            self.plateau.effort += nouvelles.bit_count()
            for numero in numeros(nouvelles):
                self.prendrait[numero] = qui
            yield nouvelles
            self._continuer(nouvelles, cout)

    def _continuer(self, nouvelles: int, cout: int) -> None:
        for numero in numeros(nouvelles):
            for occupant in self.guichet.occupants[numero]:
                actuelle = self.plateau.gene(occupant, numero)
                self._proposer(occupant, cout, POIDS[actuelle] if actuelle else 0)

    def _proposer(self, rang: int, cout: int, deja: int) -> None:
        masques, impasse = self.plateau.possibles(rang), self.guichet.impasses[self.gene_au_plus]
        for gene in GENES[: self.gene_au_plus + 1]:
            masque = masques[gene] & ~self.vues & ~impasse
            if masque:
                heappush(self._file, (cout + max(0, POIDS[gene] - deja), next(self._ordre), masque, rang))


def faire_une_place(plateau: Plateau, rang: int, *, gene_au_plus: int = MARGE_ROMPUE) -> bool:
    """Place un candidat sans place, en déplaçant ceux qu'il faut ; faux, et rien ne change, si c'est impossible.

    Tous ceux qui avaient une place en gardent une ; la gêne ajoutée est la moindre, `gene_au_plus` au plus.
    """
    guichet = plateau.guichet_de(rang)
    if guichet is None:
        return False
    exploration = Exploration(plateau, guichet, gene_au_plus)
    for nouvelles in exploration.derouler(rang):
        if libres := nouvelles & guichet.libres:
            _suivre(exploration, rang, next(numeros(libres)))
            return True
    guichet.impasses[gene_au_plus] |= exploration.vues
    return False


def atteintes(plateau: Plateau, rang: int) -> int:
    """Toutes les places que cet élève pourrait prendre, ou prendre à un autre qui irait ailleurs, et ainsi de suite."""
    guichet = plateau.guichet_de(rang)
    if guichet is None:
        return 0
    vues, nouvelles = 0, plateau.tenables(rang)
    while nouvelles:
        vues |= nouvelles
        if vues == guichet.offertes:
            break
        suivantes = 0
        for numero in numeros(nouvelles):
            for occupant in guichet.occupants[numero]:
                suivantes |= plateau.tenables(occupant)
        nouvelles = suivantes & ~vues
    return vues


def _suivre(exploration: Exploration, rang: int, numero: int) -> None:
    """Déplace chacun d'un pas, depuis la place libre jusqu'à l'élève à placer."""
    plateau, gene, impasses = exploration.plateau, exploration.gene_au_plus, exploration.guichet.impasses
    while True:
        qui = exploration.prendrait[numero]
        quittee = plateau.lever(qui) if qui != rang else None
        plateau.poser(qui, numero)
        if quittee is None:
            break
        numero = quittee
    # Le chemin n'a traversé aucune impasse de sa gêne ni d'une plus forte : elles le restent.
    exploration.guichet.impasses = [0] * gene + impasses[gene:]
