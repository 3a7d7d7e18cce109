"""Qui planifie, convoque et note les présences (R36, R37).

Chef et gestionnaire de l'établissement d'accueil font tout ; personne d'un autre établissement ne voit rien.
"""

from referentiel.permissions import Place, Role, lit_l_etablissement, peut_exporter

DE_L_ETABLISSEMENT = frozenset({Role.CHEF, Role.GESTIONNAIRE})


def peut_lire_le_planning(place: Place) -> bool:
    """Lire créneaux, envois et présences ; le SAIO aussi, le temps d'un regard (T8)."""
    return place.accueil and lit_l_etablissement(place)


def peut_emporter_le_planning(place: Place) -> bool:
    """Télécharger feuilles, émargements et agenda : un regard les lit à l'écran, et n'emporte rien (T8)."""
    return place.accueil and peut_exporter(place)


def peut_tenir_l_offre(place: Place) -> bool:
    """Changer modalité, lieux, contacts et consignes : le chef d'établissement, et qui en a reçu le droit (R7, R36)."""
    return place.accueil and place.tient_l_offre


def peut_planifier(place: Place) -> bool:
    """Ouvrir des créneaux, y placer, déplacer et annuler."""
    return place.accueil and place.role in DE_L_ETABLISSEMENT


def peut_convoquer(place: Place) -> bool:
    """Envoyer, rappeler et renvoyer des convocations."""
    return place.accueil and place.role in DE_L_ETABLISSEMENT


def peut_saisir_les_presences(place: Place) -> bool:
    """Noter qui est venu, et le corriger."""
    return place.accueil and place.role in DE_L_ETABLISSEMENT


def peut_lire_les_convocations(place: Place) -> bool:
    """Lire et imprimer les convocations de ses élèves ; le SAIO aussi, le temps d'un regard (T8)."""
    return place.origine and lit_l_etablissement(place)


def peut_remettre_les_convocations(place: Place) -> bool:
    """Dire qu'une convocation est remise à l'élève."""
    return place.origine and place.role in DE_L_ETABLISSEMENT
