"""Les chiffres d'une campagne, agrégés par la base, sans nom d'élève (écran S2)."""

from pilotage.selectors.suivi.champ import Champ
from pilotage.selectors.suivi.chiffres import (
    actives,
    chiffres_cles,
    chiffres_de,
    croises,
    eleves_par_departement,
    par_semaine,
)

__all__ = ["Champ", "actives", "chiffres_cles", "chiffres_de", "croises", "eleves_par_departement", "par_semaine"]
