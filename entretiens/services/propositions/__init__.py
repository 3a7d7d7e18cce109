"""Proposer un planning, l'ajuster, le confirmer d'un seul geste (R22).

Ordre des verrous : les accueils, la proposition, puis ceux du placement (élèves, candidatures, créneaux).
"""

from entretiens.services.propositions.ajustement import (
    AjustementsRefuses,
    ajuster_la_proposition,
    defauts_des_lignes,
    dire_les_defauts,
)
from entretiens.services.propositions.calcul import Options, proposer_un_planning, recalculer_la_proposition
from entretiens.services.propositions.confirmation import confirmer_la_proposition
from entretiens.services.propositions.suivi import (
    PropositionFinie,
    PropositionModifiee,
    abandonner_la_proposition,
    lignes_de,
)

__all__ = [
    "AjustementsRefuses",
    "Options",
    "PropositionFinie",
    "PropositionModifiee",
    "abandonner_la_proposition",
    "ajuster_la_proposition",
    "confirmer_la_proposition",
    "defauts_des_lignes",
    "dire_les_defauts",
    "lignes_de",
    "proposer_un_planning",
    "recalculer_la_proposition",
]
