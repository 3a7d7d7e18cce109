"""Élèves, candidatures, formations demandées, pré-inscriptions (R10 à R21)."""

from candidatures.models.candidatures import (
    Candidature,
    CandidatureQuerySet,
    FormationDemandee,
    FormationDemandeeQuerySet,
    choix_des_etats,
)
from candidatures.models.demandes import DemandeDeCreneau, DemandeDeTransfert
from candidatures.models.eleves import Classe, Eleve, EleveQuerySet
from candidatures.models.preinscriptions import LienPersonnel, PassagePublic, PreInscription, PreInscriptionQuerySet

__all__ = [
    "Candidature",
    "CandidatureQuerySet",
    "Classe",
    "DemandeDeCreneau",
    "DemandeDeTransfert",
    "Eleve",
    "EleveQuerySet",
    "FormationDemandee",
    "FormationDemandeeQuerySet",
    "LienPersonnel",
    "PassagePublic",
    "PreInscription",
    "PreInscriptionQuerySet",
    "choix_des_etats",
]
