"""Échanger les places de deux candidats d'un même guichet, sans gêne de plus."""

from entretiens.rules.planification.chemins import POIDS
from entretiens.rules.planification.plateau import Plateau


def echanger(plateau: Plateau, un: int, autre: int) -> bool:
    """Échange deux candidats placés dans le même guichet ; faux, et rien ne change, si la gêne augmenterait."""
    ici, la = plateau.place_de[un], plateau.place_de[autre]
    nouvelles = plateau.gene(un, la), plateau.gene(autre, ici)
    if nouvelles[0] is None or nouvelles[1] is None:
        return False
    if POIDS[nouvelles[0]] + POIDS[nouvelles[1]] > POIDS[plateau.gene_de(un)] + POIDS[plateau.gene_de(autre)]:
        return False
    plateau.lever(un)
    plateau.lever(autre)
    plateau.poser(un, la)
    plateau.poser(autre, ici)
    return True
