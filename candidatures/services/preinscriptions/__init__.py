"""Pré-inscrire sans compte, puis accepter, faire compléter ou refuser (R21, écrans P8 et S5)."""

from candidatures.services.preinscriptions.adresse import (
    ESSAIS,
    confirmer_par_code,
    confirmer_par_lien,
    renvoyer_un_code,
)
from candidatures.services.preinscriptions.decision import accepter, demander_un_complement, refuser
from candidatures.services.preinscriptions.liens import (
    DUREE_DU_LIEN,
    courriels_confirmes,
    liens_de_suivi,
    ouvrir_un_lien,
    redemander_un_lien,
    renvoyer_un_lien,
    revoquer_les_liens,
    suivi_du_demandeur,
)
from candidatures.services.preinscriptions.limites import PAR_COURRIEL, TropDeDemandes
from candidatures.services.preinscriptions.saisie import (
    GARDE_DE_LA_SAISIE,
    commencer,
    donner_l_etablissement,
    effacer_les_saisies_echues,
    envoyer,
    garder,
    recommencer,
)

__all__ = [
    "DUREE_DU_LIEN",
    "ESSAIS",
    "GARDE_DE_LA_SAISIE",
    "PAR_COURRIEL",
    "TropDeDemandes",
    "accepter",
    "commencer",
    "confirmer_par_code",
    "confirmer_par_lien",
    "courriels_confirmes",
    "demander_un_complement",
    "donner_l_etablissement",
    "effacer_les_saisies_echues",
    "envoyer",
    "garder",
    "liens_de_suivi",
    "ouvrir_un_lien",
    "recommencer",
    "redemander_un_lien",
    "refuser",
    "renvoyer_un_code",
    "renvoyer_un_lien",
    "revoquer_les_liens",
    "suivi_du_demandeur",
]
