"""Qui planifie, convoque et note les présences (R36, R37).

Chef et gestionnaire de l'établissement d'accueil font tout ; personne d'un autre établissement ne voit rien.
"""

from referentiel.permissions import Place, Role

DE_L_ETABLISSEMENT = frozenset({Role.CHEF, Role.GESTIONNAIRE})


def peut_planifier(place: Place) -> bool:
    """Ouvrir des créneaux, y placer, déplacer et annuler."""
    return place.accueil and place.role in DE_L_ETABLISSEMENT


def peut_convoquer(place: Place) -> bool:
    """Envoyer, rappeler et renvoyer des convocations."""
    return place.accueil and place.role in DE_L_ETABLISSEMENT


def peut_saisir_les_presences(place: Place) -> bool:
    return place.accueil and place.role in DE_L_ETABLISSEMENT


def peut_lire_les_convocations(place: Place) -> bool:
    """Lire, imprimer et remettre les convocations de ses élèves."""
    return place.origine and place.role in DE_L_ETABLISSEMENT
