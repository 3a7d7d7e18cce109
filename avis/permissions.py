"""Qui rédige et transmet un compte-rendu, qui remet une fiche (R30, R33, R36)."""

from referentiel.permissions import Place, Role


def peut_rediger(place: Place) -> bool:
    """Toute personne de l'établissement d'accueil prépare un compte-rendu."""
    return place.accueil and place.role in {Role.CHEF, Role.GESTIONNAIRE}


def peut_transmettre(place: Place) -> bool:
    """Seul le chef d'établissement, ou qui en a reçu de lui le droit, transmet (R30)."""
    return place.accueil and place.valide_les_comptes_rendus


def peut_lire_les_fiches(place: Place) -> bool:
    return place.origine and place.role in {Role.CHEF, Role.GESTIONNAIRE}


def peut_remettre_les_fiches(place: Place) -> bool:
    """Toute personne de l'établissement d'origine imprime une fiche et dit qu'elle est remise."""
    return peut_lire_les_fiches(place)


def peut_suivre_affelnet(place: Place) -> bool:
    """Qui saisit les avis au nom du chef d'établissement note aussi la suite donnée dans AFFELNET (R33)."""
    return place.origine and place.saisit_les_avis
