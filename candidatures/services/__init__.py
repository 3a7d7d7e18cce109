"""Écritures sur les élèves et les candidatures (R11 à R20)."""

from candidatures.services.avis import SaisieAvis, exiger_la_saisie, exiger_une_etape, saisir_l_avis, saisir_les_avis
from candidatures.services.eleves import (
    DoublonAConfirmer,
    EleveDejaInscritAilleurs,
    ImportRefuse,
    SaisieEleve,
    ajouter_un_eleve,
    demander_un_transfert,
    importer_des_eleves,
    modifier_un_eleve,
)
from candidatures.services.etats import faire_passer, faire_passer_plusieurs
from candidatures.services.inscriptions import inscrire, preparer_l_inscription
from candidatures.services.retraits import annuler, changer_d_accueil, desister

__all__ = [
    "DoublonAConfirmer",
    "EleveDejaInscritAilleurs",
    "ImportRefuse",
    "SaisieAvis",
    "SaisieEleve",
    "ajouter_un_eleve",
    "annuler",
    "changer_d_accueil",
    "demander_un_transfert",
    "desister",
    "exiger_la_saisie",
    "exiger_une_etape",
    "faire_passer",
    "faire_passer_plusieurs",
    "importer_des_eleves",
    "inscrire",
    "modifier_un_eleve",
    "preparer_l_inscription",
    "saisir_l_avis",
    "saisir_les_avis",
]
