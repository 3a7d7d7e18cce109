"""États d'un courriel, rythme des essais."""

from datetime import datetime, timedelta
from enum import StrEnum


class EtatCourriel(StrEnum):
    A_ENVOYER = "a_envoyer"
    EN_COURS = "en_cours"
    ENVOYE = "envoye"
    ABANDONNE = "abandonne"
    RAPPELE = "rappele"


LIBELLES: dict[EtatCourriel, str] = {
    EtatCourriel.A_ENVOYER: "En attente d’envoi",
    EtatCourriel.EN_COURS: "En cours d’envoi",
    EtatCourriel.ENVOYE: "Envoyé",
    EtatCourriel.ABANDONNE: "Non distribué",
    EtatCourriel.RAPPELE: "Rappelé avant l’envoi",
}

SUITES: dict[EtatCourriel, frozenset[EtatCourriel]] = {
    EtatCourriel.A_ENVOYER: frozenset({EtatCourriel.EN_COURS, EtatCourriel.RAPPELE}),
    EtatCourriel.EN_COURS: frozenset({EtatCourriel.ENVOYE, EtatCourriel.A_ENVOYER, EtatCourriel.ABANDONNE}),
    # Un message accepté peut revenir plus tard : sa messagerie annonce qu'il n'a pas été remis.
    EtatCourriel.ENVOYE: frozenset({EtatCourriel.ABANDONNE}),
    EtatCourriel.ABANDONNE: frozenset({EtatCourriel.A_ENVOYER}),
    EtatCourriel.RAPPELE: frozenset(),
}

ESSAIS_MAXIMAUX = 12
PREMIERE_ATTENTE = timedelta(seconds=30)
ATTENTE_MAXIMALE = timedelta(minutes=30)


def prochain_essai(tentatives: int, le: datetime) -> datetime:
    """Instant de l'essai suivant : l'attente double à chaque échec, sans dépasser trente minutes.

    `tentatives` est le nombre d'essais déjà faits (1 ou plus), `le` l'instant du dernier.
    """
    return le + _attente(tentatives)


def premier_essai(tentatives: int, prochain: datetime) -> datetime:
    """Instant où un courriel essayé `tentatives` fois (0 ou plus) était dû d'abord, d'après son prochain essai."""
    return prochain - sum(map(_attente, range(1, tentatives + 1)), timedelta())


def _attente(tentatives: int) -> timedelta:
    return min(PREMIERE_ATTENTE * 2 ** (tentatives - 1), ATTENTE_MAXIMALE)
