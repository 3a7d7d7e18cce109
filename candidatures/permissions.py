"""Qui inscrit, qui saisit les avis d'origine (R16, R36)."""

from referentiel.permissions import Place, Role, lit_l_etablissement


def peut_inscrire(place: Place) -> bool:
    """Chef et gestionnaire de l'établissement d'origine ajoutent, inscrivent et désistent leurs élèves."""
    return place.origine and place.role in {Role.CHEF, Role.GESTIONNAIRE}


def peut_saisir_les_avis(place: Place) -> bool:
    """Le chef d'établissement d'origine, et ceux à qui il l'a confié."""
    return place.origine and place.saisit_les_avis


def peut_lire_les_classes(place: Place) -> bool:
    """Lire les classes et leurs personnes référentes ; le SAIO aussi, le temps d'un regard (T8)."""
    return place.origine and lit_l_etablissement(place)


def peut_gerer_les_classes(place: Place) -> bool:
    """Chef et gestionnaire donnent à une classe son professeur principal et sa personne référente (écran O16)."""
    return place.origine and place.role in {Role.CHEF, Role.GESTIONNAIRE}
