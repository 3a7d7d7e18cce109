"""Ce qui s'écrit des comptes-rendus, des fiches et de leurs suites."""

from avis.services.affelnet import confirmer_le_choix, noter_le_voeu
from avis.services.comptes_rendus import ajouter_une_formation, corriger, enregistrer_le_brouillon, transmettre
from avis.services.consultations import consulter_des_noms
from avis.services.fiches import marquer_comme_remises
from avis.services.relances import relancer, retenir_les_relances

__all__ = [
    "ajouter_une_formation",
    "confirmer_le_choix",
    "consulter_des_noms",
    "corriger",
    "enregistrer_le_brouillon",
    "marquer_comme_remises",
    "noter_le_voeu",
    "relancer",
    "retenir_les_relances",
    "transmettre",
]
