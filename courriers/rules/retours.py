"""Lire l'avis de non-remise qu'une messagerie renvoie après avoir accepté un message (RFC 3464)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

# « <courriel-12-a1b2c3d4e5@passpro.example> » : où qu'il soit dans l'avis, c'est du message d'origine qu'il s'agit.
IDENTIFIANT = re.compile(rb"<courriel-\d{1,18}-[0-9a-f]{10}@[A-Za-z0-9.-]{1,255}>")
TAILLE_MAXIMALE = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Retour:
    """Ce qu'une messagerie dit d'un message qu'elle n'a pas remis."""

    identifiant: str
    raison: str


def lire_le_retour(brut: bytes) -> Retour | None:
    """Retour d'un message de Passpro, ou `None` : réponse automatique, simple retard, avis d'un autre message."""
    brut = brut[:TAILLE_MAXIMALE]
    trouve = IDENTIFIANT.search(brut)
    if trouve is None:
        return None
    try:
        echec = next((bloc for bloc in _blocs(message_from_bytes(brut)) if _dit(bloc, "Action") == "failed"), None)
    except RecursionError:
        return None
    if echec is None:
        return None
    return Retour(trouve[0].decode("ascii"), _raison(echec))


def _blocs(message: Message) -> Iterator[Message]:
    """Blocs de l'état de remise : un pour le message, puis un par destinataire."""
    for partie in message.walk():
        contenu = partie.get_payload() if partie.get_content_type() == "message/delivery-status" else None
        for bloc in contenu if isinstance(contenu, list) else ():
            if isinstance(bloc, Message):
                yield bloc


def _raison(echec: Message) -> str:
    """« 550 5.1.1 User unknown », ou le seul code d'état quand la messagerie ne dit rien de plus."""
    diagnostic = _apres_le_type(_dit(echec, "Diagnostic-Code"))
    etat = _dit(echec, "Status")
    if re.match(r"^[245]\d\d\b", diagnostic):
        return diagnostic
    return f"550 {etat} {diagnostic}".strip()


def _dit(bloc: Message, champ: str) -> str:
    valeur = " ".join(str(bloc.get(champ, "")).replace("\x00", "").split())
    return valeur.lower() if champ == "Action" else valeur


def _apres_le_type(valeur: str) -> str:
    """« smtp; 550 5.1.1 User unknown » donne la réponse de la messagerie."""
    return valeur.partition(";")[2].strip() if ";" in valeur else valeur.strip()
