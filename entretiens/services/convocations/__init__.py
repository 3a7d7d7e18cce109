"""Annoncer, rappeler, remplacer : les versions d'une convocation et les courriels qui les portent (R25)."""

from entretiens.services.convocations.adresses import adresses_par_eleve
from entretiens.services.convocations.changements import (
    AnnonceAConfirmer,
    annoncer_l_annulation,
    annoncer_le_deplacement,
    annoncer_les_annulations,
    annoncer_les_changements,
    exiger_l_accord,
    reprendre_l_annonce,
)
from entretiens.services.convocations.confirmation import DepartRefuse, confirmer
from entretiens.services.convocations.corrections import (
    accorder_le_renvoi,
    completer_l_envoi,
    demander_la_correction,
    destinations_manquantes,
    renvoyer_le_courriel,
)
from entretiens.services.convocations.courrier import (
    poster_ceux_qui_ont_une_adresse,
    prevenir_le_saio,
    readresser_les_convocations,
)
from entretiens.services.convocations.departs import noter_le_depart, reprendre_les_convocations
from entretiens.services.convocations.rappel import rappeler_l_envoi
from entretiens.services.convocations.remises import marquer_remises

__all__ = [
    "AnnonceAConfirmer",
    "DepartRefuse",
    "accorder_le_renvoi",
    "adresses_par_eleve",
    "annoncer_l_annulation",
    "annoncer_le_deplacement",
    "annoncer_les_annulations",
    "annoncer_les_changements",
    "completer_l_envoi",
    "confirmer",
    "demander_la_correction",
    "destinations_manquantes",
    "exiger_l_accord",
    "marquer_remises",
    "noter_le_depart",
    "poster_ceux_qui_ont_une_adresse",
    "prevenir_le_saio",
    "rappeler_l_envoi",
    "readresser_les_convocations",
    "renvoyer_le_courriel",
    "reprendre_l_annonce",
    "reprendre_les_convocations",
]
