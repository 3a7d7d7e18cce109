"""Qui inscrit, qui saisit les avis d'origine (R16, R36)."""

from referentiel.permissions import Place, Role


def peut_inscrire(place: Place) -> bool:
    """Chef et gestionnaire de l'établissement d'origine ajoutent, inscrivent et désistent leurs élèves."""
    return place.origine and place.role in {Role.CHEF, Role.GESTIONNAIRE}


def peut_saisir_les_avis(place: Place) -> bool:
    """Le chef d'établissement d'origine, et ceux à qui il l'a confié."""
    return place.origine and place.saisit_les_avis
