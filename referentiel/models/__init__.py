"""Modèles du référentiel."""

from referentiel.models.acces import DemandeDAcces
from referentiel.models.campagnes import (
    Annonce,
    Campagne,
    CaseDeMatrice,
    Derogation,
    JeuDeRegles,
    MotARappeler,
    Periode,
    Vacances,
)
from referentiel.models.catalogue import Accueil, Domaine, Formation, Offre
from referentiel.models.etablissements import Academie, AliasUai, Etablissement
from referentiel.models.invitations import EtatDInvitation, Invitation
from referentiel.models.rattachements import Rattachement
from referentiel.models.travaux import Battement, Controle, Importation, Travail

__all__ = [
    "Academie",
    "Accueil",
    "AliasUai",
    "Annonce",
    "Battement",
    "Campagne",
    "CaseDeMatrice",
    "Controle",
    "DemandeDAcces",
    "Derogation",
    "Domaine",
    "Etablissement",
    "EtatDInvitation",
    "Formation",
    "Importation",
    "Invitation",
    "JeuDeRegles",
    "MotARappeler",
    "Offre",
    "Periode",
    "Rattachement",
    "Travail",
    "Vacances",
]
