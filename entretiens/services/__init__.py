"""Ce qui se fait des séances, des entretiens et de leurs convocations (R22 à R26b)."""

from entretiens.services.convocations import (
    completer_l_envoi,
    confirmer,
    marquer_remises,
    noter_le_depart,
    rappeler_l_envoi,
    readresser_les_convocations,
    renvoyer_le_courriel,
    reprendre_les_convocations,
)
from entretiens.services.placement import (
    PlacementsRefuses,
    deplacer,
    liberer,
    placer,
    placer_plusieurs,
    retablir_l_entretien,
    retirer_l_entretien,
)
from entretiens.services.presences import saisir_les_presences
from entretiens.services.rappels import rappeler_les_avis_manquants
from entretiens.services.seances import (
    creer_la_serie,
    creer_un_jury,
    modifier_la_seance,
    modifier_le_jury,
    preparer_une_serie,
    supprimer_les_creneaux,
)

__all__ = [
    "PlacementsRefuses",
    "completer_l_envoi",
    "confirmer",
    "creer_la_serie",
    "creer_un_jury",
    "deplacer",
    "liberer",
    "marquer_remises",
    "modifier_la_seance",
    "modifier_le_jury",
    "noter_le_depart",
    "placer",
    "placer_plusieurs",
    "preparer_une_serie",
    "rappeler_l_envoi",
    "rappeler_les_avis_manquants",
    "readresser_les_convocations",
    "renvoyer_le_courriel",
    "reprendre_les_convocations",
    "retablir_l_entretien",
    "retirer_l_entretien",
    "saisir_les_presences",
    "supprimer_les_creneaux",
]
