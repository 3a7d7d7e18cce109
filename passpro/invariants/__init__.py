"""Les états qui ne doivent jamais se trouver dans la base : un invariant, un nom, une phrase, une requête (F12).

Les contraintes de la base en empêchent la plupart ; les chercher quand même montre une contrainte retirée, une
restauration partielle, une écriture faite à côté de l'application, ou une règle qu'aucune contrainte ne sait tenir.
"""

from passpro.invariants.avis import AVIS
from passpro.invariants.candidatures import CANDIDATURES
from passpro.invariants.cloisons import CLOISONS
from passpro.invariants.convocations import CONVOCATIONS
from passpro.invariants.echeances import ECHEANCES
from passpro.invariants.planning import PLANNING
from passpro.invariants.recherche import Ecart, Invariant, chercher_les_ecarts, dire_les_ecarts

INVARIANTS: tuple[Invariant, ...] = (*PLANNING, *CANDIDATURES, *CONVOCATIONS, *AVIS, *ECHEANCES, *CLOISONS)

__all__ = ["INVARIANTS", "Ecart", "Invariant", "chercher_les_ecarts", "dire_les_ecarts"]
