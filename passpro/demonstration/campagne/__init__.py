"""La vie de la campagne inventée : inscrire, planifier, tenir les entretiens, vague après vague."""

from passpro.demonstration.campagne.vie import Campagne

__all__ = ["Campagne"]
