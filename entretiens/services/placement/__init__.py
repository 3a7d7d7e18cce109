"""Placer, déplacer et libérer : le seul passage vers un créneau (R22 à R25b)."""

from entretiens.services.placement.deplacement import deplacer
from entretiens.services.placement.liberation import liberer, retablir_l_entretien, retirer_l_entretien
from entretiens.services.placement.pose import placer, placer_plusieurs
from entretiens.services.placement.raisons import VIENT_D_ETRE_PRIS, PlacementsRefuses, pourquoi_pas_ces_placements
from entretiens.services.placement.verrous import verrouiller_les_eleves

__all__ = [
    "VIENT_D_ETRE_PRIS",
    "PlacementsRefuses",
    "deplacer",
    "liberer",
    "placer",
    "placer_plusieurs",
    "pourquoi_pas_ces_placements",
    "retablir_l_entretien",
    "retirer_l_entretien",
    "verrouiller_les_eleves",
]
