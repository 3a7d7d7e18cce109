"""Ajouter, modifier, importer, supprimer des élèves ; leur donner une personne référente (R10 à R13)."""

from candidatures.services.eleves.ajout import ajouter_un_eleve
from candidatures.services.eleves.listes import ImportRefuse, importer_des_eleves
from candidatures.services.eleves.modification import modifier_un_eleve, rectifier_pour_le_saio
from candidatures.services.eleves.referents import affecter_un_referent
from candidatures.services.eleves.saisie import DoublonAConfirmer, EleveDejaInscritAilleurs, SaisieEleve
from candidatures.services.eleves.suppression import supprimer_un_eleve

__all__ = [
    "DoublonAConfirmer",
    "EleveDejaInscritAilleurs",
    "ImportRefuse",
    "SaisieEleve",
    "affecter_un_referent",
    "ajouter_un_eleve",
    "importer_des_eleves",
    "modifier_un_eleve",
    "rectifier_pour_le_saio",
    "supprimer_un_eleve",
]
