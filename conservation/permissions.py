"""Qui veille aux données personnelles (R36, R40)."""

from referentiel.permissions import Place, peut_administrer_l_academie


def peut_veiller_aux_donnees(place: Place) -> bool:
    """Le SAIO lit le registre, reporte une anonymisation, répond à un élève de son académie."""
    return peut_administrer_l_academie(place)
