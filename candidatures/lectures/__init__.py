"""Ce que montrent les pages de l'inscription et des avis, lu en un nombre constant de requêtes."""

from candidatures.lectures.avis_des_classes import (
    MES_ELEVES,
    ListeDAvis,
    avis_par_classe,
    demande_a_aviser,
    demandes_a_aviser,
    liste_d_avis,
    slug_de_la_classe,
)
from candidatures.lectures.eleves import eleve_de_l_origine
from candidatures.lectures.inscriptions import candidatures_actives, completables, formations_a_reprendre
from candidatures.lectures.lignes import (
    LigneDAvis,
    demandes_de_l_inscription,
    empreinte,
    libelle_d_avis,
    ligne_ecrite,
    lignes_d_avis,
)
from candidatures.lectures.offre import (
    DIRE_MODALITES,
    PREMIERS_HOTES,
    DomaineAuChoix,
    Hote,
    domaines_au_choix,
    hotes_du_domaine,
)

__all__ = [
    "DIRE_MODALITES",
    "MES_ELEVES",
    "PREMIERS_HOTES",
    "DomaineAuChoix",
    "Hote",
    "LigneDAvis",
    "ListeDAvis",
    "avis_par_classe",
    "candidatures_actives",
    "completables",
    "demande_a_aviser",
    "demandes_a_aviser",
    "demandes_de_l_inscription",
    "domaines_au_choix",
    "eleve_de_l_origine",
    "empreinte",
    "formations_a_reprendre",
    "hotes_du_domaine",
    "libelle_d_avis",
    "ligne_ecrite",
    "lignes_d_avis",
    "liste_d_avis",
    "slug_de_la_classe",
]
