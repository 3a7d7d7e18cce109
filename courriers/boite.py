"""Les messages que le relais de la démonstration a reçus, relus de leur dossier."""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

FORME_DU_NOM = re.compile(r"^[0-9A-Za-z.T-]{1,80}\.eml$")


@dataclass(frozen=True, slots=True)
class PieceJointe:
    rang: int
    nom: str
    type_mime: str
    contenu: bytes

    @property
    def kilo_octets(self) -> int:
        return -(-len(self.contenu) // 1024)


@dataclass(frozen=True, slots=True)
class MessageRecu:
    """Un message tel qu'il est arrivé : en-têtes, texte, source HTML, pièces."""

    nom: str
    sujet: str
    expediteur: str
    destinataire: str
    le: datetime | None
    texte: str
    html: str
    pieces: tuple[PieceJointe, ...]

    @property
    def identifiant(self) -> str:
        return self.nom.removesuffix(".eml")


def noms_des_messages(dossier: Path) -> list[str]:
    """Noms des fichiers de `dossier`, le plus récent d'abord."""
    if not dossier.is_dir():
        return []
    return sorted((f.name for f in dossier.iterdir() if FORME_DU_NOM.match(f.name)), reverse=True)


def lire(dossier: Path, nom: str) -> MessageRecu | None:
    """Message du fichier `nom`, ou `None` s'il n'y en a pas de ce nom."""
    fichier = dossier / nom
    if not FORME_DU_NOM.match(nom) or not fichier.is_file():
        return None
    message = message_from_bytes(fichier.read_bytes(), policy=policy.default)
    return MessageRecu(
        nom=nom,
        sujet=str(message["Subject"] or "Sans objet"),
        expediteur=str(message["From"] or ""),
        destinataire=str(message["To"] or message["Delivered-To"] or ""),
        le=_date(message),
        texte=_corps(message, "plain"),
        html=_corps(message, "html"),
        pieces=tuple(_pieces(message)),
    )


def _date(message: EmailMessage) -> datetime | None:
    try:
        return parsedate_to_datetime(str(message["Date"]))
    except ValueError:
        return None


def _corps(message: EmailMessage, forme: str) -> str:
    corps = message.get_body(preferencelist=(forme,))
    return corps.get_content() if corps else ""


def _pieces(message: EmailMessage) -> list[PieceJointe]:
    return [_piece(rang, piece) for rang, piece in enumerate(message.iter_attachments(), start=1)]


def _piece(rang: int, piece: EmailMessage) -> PieceJointe:
    contenu = piece.get_payload(decode=True) or b""
    return PieceJointe(rang, piece.get_filename() or f"piece-{rang}", piece.get_content_type(), contenu)
