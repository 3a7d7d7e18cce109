"""Ce qui s'écrit des comptes, et l'historique."""

from comptes.services.historique import AUTEUR_AUTOMATIQUE, consigner, consigner_plusieurs
from comptes.services.limites import TropDEssais, limiter, oublier_les_tentatives
from comptes.services.notifications import choisir_les_notifications
from comptes.services.sessions import fermer_les_autres_sessions, fermer_une_session, oublier_les_sessions_echues

__all__ = [
    "AUTEUR_AUTOMATIQUE",
    "TropDEssais",
    "choisir_les_notifications",
    "consigner",
    "consigner_plusieurs",
    "fermer_les_autres_sessions",
    "fermer_une_session",
    "limiter",
    "oublier_les_sessions_echues",
    "oublier_les_tentatives",
]
