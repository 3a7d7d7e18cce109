"""Qui rédige et transmet un compte-rendu, qui remet une fiche (R30, R33, R36)."""

from avis.models import CompteRendu
from comptes.models import Personne
from referentiel.permissions import Place, Role, lit_l_etablissement, peut_administrer_l_academie


def peut_rediger(place: Place) -> bool:
    """Toute personne de l'établissement d'accueil prépare un compte-rendu."""
    return place.accueil and place.role in {Role.CHEF, Role.GESTIONNAIRE}


def peut_lire_les_comptes_rendus(place: Place) -> bool:
    """Lire les comptes-rendus de son établissement ; le SAIO aussi, le temps d'un regard (T8)."""
    return place.accueil and lit_l_etablissement(place)


def peut_transmettre(place: Place) -> bool:
    """Seul le chef d'établissement, ou qui en a reçu de lui le droit, transmet (R30)."""
    return place.accueil and place.valide_les_comptes_rendus


def peut_transmettre_celui_ci(place: Place, compte_rendu: CompteRendu | None, personne: Personne) -> bool:
    """Là où le chef relit (R30), qui a reçu de lui le droit transmet ce qu'un autre a soumis, pas son propre texte.

    Un texte déjà transmis ne se refuse pas ici : un envoi répété n'a qu'un effet, et le service le dit (F6).
    """
    if not peut_transmettre(place):
        return False
    if _transmet_seul(place):
        return True
    if compte_rendu is None or compte_rendu.soumis_par_id == personne.pk:
        return False
    return compte_rendu.est_a_relire or compte_rendu.est_transmis


def peut_corriger(place: Place) -> bool:
    """Corriger un compte-rendu transmis ; là où le chef relit, lui seul, puisque la correction se voit aussitôt."""
    return peut_transmettre(place) and _transmet_seul(place)


def peut_transmettre_en_groupe(place: Place) -> bool:
    """Transmettre le même compte-rendu à plusieurs : personne ne l'a relu."""
    return peut_transmettre(place) and _transmet_seul(place)


def _transmet_seul(place: Place) -> bool:
    return place.est_chef or not (place.etablissement and place.etablissement.relit_les_comptes_rendus)


def peut_choisir_la_relecture(place: Place) -> bool:
    """Le chef d'établissement décide si les comptes-rendus se relisent avant leur transmission (R30)."""
    return place.accueil and place.est_chef


def peut_lire_les_fiches(place: Place) -> bool:
    """Lire et imprimer les fiches de ses élèves ; le SAIO aussi, le temps d'un regard (T8)."""
    return place.origine and lit_l_etablissement(place)


def peut_remettre_les_fiches(place: Place) -> bool:
    """Toute personne de l'établissement d'origine dit qu'une fiche est remise."""
    return place.origine and place.role in {Role.CHEF, Role.GESTIONNAIRE}


def peut_suivre_affelnet(place: Place) -> bool:
    """Qui saisit les avis au nom du chef d'établissement note aussi la suite donnée dans Affelnet-Lycée (R33)."""
    return place.origine and place.saisit_les_avis


def peut_relancer(place: Place) -> bool:
    """Le SAIO rappelle aux établissements d'accueil ce qui tarde."""
    return peut_administrer_l_academie(place)


def peut_lire_des_noms(place: Place) -> bool:
    """Le SAIO lit les noms que compte un chiffre d'un établissement ; l'observation, aucun (R36)."""
    return peut_administrer_l_academie(place)
