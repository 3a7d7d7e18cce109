"""Ce qui s'écrit des comptes, et l'historique."""

from comptes.services.adresse import (
    LIEN_ETEINT,
    adresse_a_confirmer,
    changer_d_adresse,
    demander_une_adresse,
    pourquoi_pas_d_autre_adresse,
)
from comptes.services.facteurs import (
    CODE_FAUX,
    appareil_a_confirmer,
    codes_restants,
    confirmer_le_facteur,
    preparer_un_facteur,
    renouveler_les_codes,
    retirer_le_facteur,
    verifier_un_code,
)
from comptes.services.historique import AUTEUR_AUTOMATIQUE, anonymiser_les_traces, consigner, consigner_plusieurs
from comptes.services.limites import (
    TropDEssais,
    est_limite,
    limiter,
    noter_une_tentative,
    oublier_les_tentatives,
)
from comptes.services.mots_de_passe import (
    changer_le_mot_de_passe,
    demander_un_nouveau_mot_de_passe,
    envoyer_un_lien,
)
from comptes.services.notifications import choisir_les_notifications
from comptes.services.sessions import fermer_les_autres_sessions, fermer_une_session, oublier_les_sessions_echues

__all__ = [
    "AUTEUR_AUTOMATIQUE",
    "CODE_FAUX",
    "LIEN_ETEINT",
    "TropDEssais",
    "adresse_a_confirmer",
    "anonymiser_les_traces",
    "appareil_a_confirmer",
    "changer_d_adresse",
    "changer_le_mot_de_passe",
    "choisir_les_notifications",
    "codes_restants",
    "confirmer_le_facteur",
    "consigner",
    "consigner_plusieurs",
    "demander_un_nouveau_mot_de_passe",
    "demander_une_adresse",
    "envoyer_un_lien",
    "est_limite",
    "fermer_les_autres_sessions",
    "fermer_une_session",
    "limiter",
    "noter_une_tentative",
    "oublier_les_sessions_echues",
    "oublier_les_tentatives",
    "pourquoi_pas_d_autre_adresse",
    "preparer_un_facteur",
    "renouveler_les_codes",
    "retirer_le_facteur",
    "verifier_un_code",
]
