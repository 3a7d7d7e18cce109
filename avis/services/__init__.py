"""Ce qui s'écrit des comptes-rendus, des fiches et de leurs suites."""

from avis.services.affelnet import SuiteSaisie, confirmer_le_choix, noter_le_voeu, noter_les_suites
from avis.services.ajouts import ajouter_une_formation, retirer_un_ajout
from avis.services.comptes_rendus import corriger, enregistrer_le_brouillon, renvoyer_au_jury, transmettre
from avis.services.consultations import consulter_des_noms
from avis.services.exports import exporter_vers_affelnet
from avis.services.fiches import marquer_comme_remises
from avis.services.groupees import (
    annuler_la_saisie_groupee,
    enregistrer_des_absences,
    fin_de_l_annulation,
    ne_pas_se_prononcer,
)
from avis.services.rappels import rappeler_les_retards
from avis.services.relances import relancer, retenir_les_relances

__all__ = [
    "SuiteSaisie",
    "ajouter_une_formation",
    "annuler_la_saisie_groupee",
    "confirmer_le_choix",
    "consulter_des_noms",
    "corriger",
    "enregistrer_des_absences",
    "enregistrer_le_brouillon",
    "exporter_vers_affelnet",
    "fin_de_l_annulation",
    "marquer_comme_remises",
    "ne_pas_se_prononcer",
    "noter_le_voeu",
    "noter_les_suites",
    "rappeler_les_retards",
    "relancer",
    "renvoyer_au_jury",
    "retenir_les_relances",
    "retirer_un_ajout",
    "transmettre",
]
