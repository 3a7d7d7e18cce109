"""Listes de choix des modèles, données en fonctions : reformuler un libellé ne migre rien."""

from referentiel.rules import calendrier, jeu

Choix = list[tuple[str, str]]


def natures() -> Choix:
    return [(nature.value, libelle) for nature, libelle in calendrier.LIBELLES.items()]


def avis() -> Choix:
    return [(valeur.value, libelle) for valeur, libelle in jeu.LIBELLES_AVIS.items()]


def avis_rendus() -> Choix:
    return [couple for couple in avis() if couple[0] != jeu.Avis.ABSENT]


def avis_d_origine() -> Choix:
    return [couple for couple in avis_rendus() if couple[0] != jeu.Avis.NE_SE_PRONONCE_PAS]


def resultats() -> Choix:
    return [(valeur.value, libelle) for valeur, libelle in jeu.LIBELLES_RESULTATS.items()]


def affichages() -> Choix:
    return [(valeur.value, libelle) for valeur, libelle in jeu.LIBELLES_AFFICHAGES.items()]


def lettres() -> Choix:
    return [(valeur.value, libelle) for valeur, libelle in jeu.LIBELLES_LETTRES.items()]


def publications() -> Choix:
    return [(valeur.value, libelle) for valeur, libelle in jeu.LIBELLES_PUBLICATIONS.items()]


def modalites() -> Choix:
    return [(valeur.value, libelle) for valeur, libelle in jeu.LIBELLES_MODALITES.items()]


def choix_de_la_modalite() -> Choix:
    return [(valeur.value, libelle) for valeur, libelle in jeu.LIBELLES_CHOIX_DE_LA_MODALITE.items()]


def modalites_choisies() -> Choix:
    return [couple for couple in modalites() if couple[0] != jeu.Modalite.AU_CHOIX]


def niveaux() -> Choix:
    return [(valeur.value, libelle) for valeur, libelle in jeu.LIBELLES_NIVEAUX.items()]
