"""Poster, rappeler, faire partir et renvoyer les courriels (R25, F2) ; demander et rendre les documents (F9)."""

from courriers.services.depart import ESPACE_DES_VERROUS, faire_partir_un_lot, reprendre_les_interrompus
from courriers.services.depot import est_une_adresse, poster, poster_plusieurs, reveiller_l_atelier_une_fois_valide
from courriers.services.documents import (
    DocumentDepasse,
    demander_le_document,
    effacer_les_documents_perimes,
    oublier_les_documents,
    rendre_de_nouveau,
    rendre_le_prochain_document,
)
from courriers.services.oublis import annoncer_un_oubli, attendre_les_oublis
from courriers.services.suites import (
    ADRESSE_EFFACEE,
    anonymiser_les_courriels,
    effacer_les_contenus,
    noter_le_retour,
    rappeler,
    remettre_en_file,
    renvoyer,
)

__all__ = [
    "ADRESSE_EFFACEE",
    "ESPACE_DES_VERROUS",
    "DocumentDepasse",
    "annoncer_un_oubli",
    "anonymiser_les_courriels",
    "attendre_les_oublis",
    "demander_le_document",
    "effacer_les_contenus",
    "effacer_les_documents_perimes",
    "est_une_adresse",
    "faire_partir_un_lot",
    "noter_le_retour",
    "oublier_les_documents",
    "poster",
    "poster_plusieurs",
    "rappeler",
    "remettre_en_file",
    "rendre_de_nouveau",
    "rendre_le_prochain_document",
    "renvoyer",
    "reprendre_les_interrompus",
    "reveiller_l_atelier_une_fois_valide",
]
