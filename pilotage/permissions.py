"""Qui lit le bilan de son établissement, et qui a lu le dossier d'un élève (R35, R36, R40)."""

from referentiel.permissions import Place


def peut_lire_le_bilan(place: Place) -> bool:
    """Le chef d'établissement lit le bilan du sien ; le SAIO aussi, le temps d'un regard (T8)."""
    return place.etablissement is not None and (place.est_chef or place.lecture_seule)


def peut_emporter_le_bilan(place: Place) -> bool:
    """Un regard n'emporte rien."""
    return place.etablissement is not None and place.est_chef


def peut_lire_les_consultations(place: Place) -> bool:
    """Le chef d'établissement lit qui a consulté le dossier d'un de ses élèves ; le SAIO aussi, lors d'un regard."""
    return place.etablissement is not None and (place.est_chef or place.lecture_seule)
