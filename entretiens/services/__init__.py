"""Ce qui se fait des séances, des entretiens et de leurs convocations (R22 à R26b)."""

from entretiens.services.annulations import annuler_des_seances, entretiens_a_annuler
from entretiens.services.convocations import (
    AnnonceAConfirmer,
    accorder_le_renvoi,
    completer_l_envoi,
    confirmer,
    demander_la_correction,
    marquer_remises,
    noter_le_depart,
    rappeler_l_envoi,
    readresser_les_convocations,
    renvoyer_le_courriel,
    reprendre_les_convocations,
)
from entretiens.services.lieux import (
    ajouter_une_salle,
    creer_un_jury,
    modifier_la_salle,
    modifier_le_jury,
    reprendre_le_jury,
    retirer_la_salle,
    retirer_le_jury,
)
from entretiens.services.offre import (
    Tenue,
    choisit_sa_modalite,
    confirmer_l_offre,
    ecrire_les_consignes,
    presenter_l_offre,
    tenir_l_accueil,
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
from entretiens.services.repentirs import annuler_des_absences
from entretiens.services.retouches import Retouche, creneaux_retouches, retoucher
from entretiens.services.seances import (
    creer_la_serie,
    preparer_une_serie,
    supprimer_les_creneaux,
)

__all__ = [
    "AnnonceAConfirmer",
    "PlacementsRefuses",
    "Retouche",
    "Tenue",
    "accorder_le_renvoi",
    "ajouter_une_salle",
    "annuler_des_absences",
    "annuler_des_seances",
    "choisit_sa_modalite",
    "completer_l_envoi",
    "confirmer",
    "confirmer_l_offre",
    "creer_la_serie",
    "creer_un_jury",
    "creneaux_retouches",
    "demander_la_correction",
    "deplacer",
    "ecrire_les_consignes",
    "entretiens_a_annuler",
    "liberer",
    "marquer_remises",
    "modifier_la_salle",
    "modifier_le_jury",
    "noter_le_depart",
    "placer",
    "placer_plusieurs",
    "preparer_une_serie",
    "presenter_l_offre",
    "rappeler_l_envoi",
    "rappeler_les_avis_manquants",
    "readresser_les_convocations",
    "renvoyer_le_courriel",
    "reprendre_le_jury",
    "reprendre_les_convocations",
    "retablir_l_entretien",
    "retirer_l_entretien",
    "retirer_la_salle",
    "retirer_le_jury",
    "retoucher",
    "saisir_les_presences",
    "supprimer_les_creneaux",
    "tenir_l_accueil",
]
