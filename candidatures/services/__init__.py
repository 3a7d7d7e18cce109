"""Écritures sur les élèves et les candidatures (R11 à R20)."""

from candidatures.services.avis import SaisieAvis, exiger_la_saisie, exiger_une_etape, saisir_l_avis, saisir_les_avis
from candidatures.services.classes import ChoixDeClasse, enregistrer_les_classes
from candidatures.services.creneaux import accorder_les_creneaux, demander_un_creneau, refuser_un_creneau
from candidatures.services.eleves import (
    DoublonAConfirmer,
    EleveDejaInscritAilleurs,
    ImportRefuse,
    SaisieEleve,
    affecter_un_referent,
    ajouter_un_eleve,
    importer_des_eleves,
    modifier_un_eleve,
    rectifier_pour_le_saio,
    supprimer_un_eleve,
)
from candidatures.services.equipe import retirer_et_remplacer
from candidatures.services.etats import faire_passer, faire_passer_plusieurs
from candidatures.services.inscriptions import (
    empechements,
    inscrire,
    inscrire_plusieurs,
    modifier_les_formations,
    preparer_l_inscription,
)
from candidatures.services.retraits import (
    annuler,
    annuler_le_desistement,
    annuler_pour_le_saio,
    changer_d_accueil,
    desister,
)
from candidatures.services.transferts import accepter_un_transfert, demander_un_transfert, refuser_un_transfert

__all__ = [
    "ChoixDeClasse",
    "DoublonAConfirmer",
    "EleveDejaInscritAilleurs",
    "ImportRefuse",
    "SaisieAvis",
    "SaisieEleve",
    "accepter_un_transfert",
    "accorder_les_creneaux",
    "affecter_un_referent",
    "ajouter_un_eleve",
    "annuler",
    "annuler_le_desistement",
    "annuler_pour_le_saio",
    "changer_d_accueil",
    "demander_un_creneau",
    "demander_un_transfert",
    "desister",
    "empechements",
    "enregistrer_les_classes",
    "exiger_la_saisie",
    "exiger_une_etape",
    "faire_passer",
    "faire_passer_plusieurs",
    "importer_des_eleves",
    "inscrire",
    "inscrire_plusieurs",
    "modifier_les_formations",
    "modifier_un_eleve",
    "preparer_l_inscription",
    "rectifier_pour_le_saio",
    "refuser_un_creneau",
    "refuser_un_transfert",
    "retirer_et_remplacer",
    "saisir_l_avis",
    "saisir_les_avis",
    "supprimer_un_eleve",
]
