"""Combien de temps on garde, et ce qui reste ensuite (R40)."""

from conservation.rules.echeances import PREAVIS, RAPPEL, Echeance, ajouter_des_mois, echeance_de

__all__ = ["PREAVIS", "RAPPEL", "Echeance", "ajouter_des_mois", "echeance_de"]
