"""Ce qui s'écrit des comptes-rendus, des fiches et de leurs suites."""

from avis.services.affelnet import confirmer_le_choix, noter_le_voeu
from avis.services.comptes_rendus import ajouter_une_formation, corriger, enregistrer_le_brouillon, transmettre
from avis.services.fiches import etablir_la_fiche, marquer_comme_remises, version_a_donner

__all__ = [
    "ajouter_une_formation",
    "confirmer_le_choix",
    "corriger",
    "enregistrer_le_brouillon",
    "etablir_la_fiche",
    "marquer_comme_remises",
    "noter_le_voeu",
    "transmettre",
    "version_a_donner",
]
