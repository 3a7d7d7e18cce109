"""Ce que devient chaque ligne qui parle d'un élève quand sa conservation finit, table par table (R40, F11).

Une étape dit quelles lignes elle prend dans une campagne, lesquelles dans le dossier d'un seul élève, et ce qu'elle en
fait ; faite deux fois, elle a le même effet.
"""

from conservation.services.etapes.appartenances import CHEMINS
from conservation.services.etapes.courriels import courriels_de_l_eleve, expression_de_l_eleve
from conservation.services.etapes.gestes import Contexte, supprimer_les_travaux
from conservation.services.etapes.historique import traces_de_l_eleve, traces_de_la_campagne
from conservation.services.etapes.table import ETAPES, Etape

__all__ = [
    "CHEMINS",
    "ETAPES",
    "Contexte",
    "Etape",
    "courriels_de_l_eleve",
    "expression_de_l_eleve",
    "supprimer_les_travaux",
    "traces_de_l_eleve",
    "traces_de_la_campagne",
]
