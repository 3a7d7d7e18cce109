"""« À faire » : les tâches de chaque côté, leur nombre, et les lignes que ce nombre compte (écran 2)."""

from pilotage.selectors.taches.academie import ACADEMIE
from pilotage.selectors.taches.accueil import ACCUEIL
from pilotage.selectors.taches.origine import ORIGINE
from pilotage.selectors.taches.socle import Ou, Tache, TacheComptee, compter, la_tache

__all__ = ["ACADEMIE", "ACCUEIL", "ORIGINE", "Ou", "Tache", "TacheComptee", "compter", "la_tache"]
