"""Ce qu'une session retient de la connexion par un guichet."""

from dataclasses import asdict, dataclass
from typing import Any

from django.http import HttpRequest

from comptes.rules.identite import Identite

CLE = "federation"
EN_ATTENTE = "identite_en_attente"
ARENA = "arena"


@dataclass(frozen=True, slots=True)
class Connexion:
    """Par quel guichet (`arena`, `proconnect`, `oidc`), sous quel identifiant, et comment en sortir."""

    guichet: str
    sujet: str
    second_facteur: bool = False
    retour: str = ""
    preuve: str = ""


def retenir(request: HttpRequest, connexion: Connexion) -> None:
    request.session.pop(EN_ATTENTE, None)
    request.session[CLE] = asdict(connexion)


def connexion_de(request: HttpRequest) -> Connexion | None:
    """La connexion par un guichet qui a ouvert cette session, s'il y en a une."""
    garde = request.session.get(CLE)
    return Connexion(**garde) if garde else None


def second_facteur_fait(request: HttpRequest) -> bool:
    """Vrai si le guichet a lui-même demandé un second facteur, et que les réglages l'admettent (R38)."""
    connexion = connexion_de(request)
    return connexion is not None and connexion.second_facteur


def faire_attendre(request: HttpRequest, identite: Identite, guichet: str) -> None:
    """Garde une identité prouvée que Passpro ne connaît pas, le temps qu'elle demande l'accès."""
    request.session[EN_ATTENTE] = {
        "guichet": guichet,
        "emetteur": identite.emetteur,
        "sujet": identite.sujet,
        "courriel": identite.courriel,
        "prenom": identite.prenom,
        "nom": identite.nom,
        "affectations": list(identite.uai_nommes()),
    }


def identite_en_attente(request: HttpRequest) -> tuple[Identite, str] | None:
    """L'identité qui attend, et son guichet."""
    garde: dict[str, Any] | None = request.session.get(EN_ATTENTE)
    if not garde:
        return None
    champs = dict(garde)
    guichet = champs.pop("guichet")
    return Identite(**champs | {"affectations": tuple(champs["affectations"])}), guichet
