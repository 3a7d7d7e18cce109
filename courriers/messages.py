"""Le message MIME d'un courriel : sa composition, et son écriture d'un trait (R25)."""

import secrets
from binascii import b2a_base64
from collections.abc import Iterable, Iterator
from email.header import Header
from email.message import Message
from email.mime.base import MIMEBase
from email.policy import compat32
from functools import cache, lru_cache

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from courriers.models import Courriel
from courriers.pieces import Piece, fabriquer

FIN = "\r\n"
PLIAGE = compat32.clone(linesep=FIN)
# Plus large, un en-tête se plie (RFC 5322, 2.1.1).
LARGEUR = 78
LIGNE_DE_BASE64 = 76
SUJETS_GARDES = 256


class MessageEcrit:
    """Un message tout écrit, sous la forme que prennent les moyens d'envoi de Django."""

    def __init__(self, message: Message) -> None:
        self._octets = aplatir(message)

    def as_bytes(self, unixfrom: bool = False, linesep: str = "\n") -> bytes:
        return self._octets if linesep == FIN else self._octets.replace(FIN.encode(), linesep.encode())

    def get_charset(self) -> None:
        """Le message a plusieurs parties : chacune a le sien."""


class MessageCompose(EmailMultiAlternatives):
    """Un message qui s'écrit une fois : ce qui l'empêcherait se voit avant d'ouvrir la connexion."""

    _ecrit: MessageEcrit | None = None

    def message(self) -> MessageEcrit:
        self._ecrit = self._ecrit or MessageEcrit(self._assembler())
        return self._ecrit

    def _assembler(self) -> Message:
        en_clair, self.subject = self.subject, _en_mots_codes(self.subject)
        try:
            return super().message()
        finally:
            self.subject = en_clair


def composer(courriel: Courriel) -> MessageCompose:
    """Message d'un courriel : texte, HTML, pièces fabriquées, `Message-ID` déduit de la ligne."""
    message = MessageCompose(
        subject=courriel.sujet,
        body=courriel.texte,
        from_email=settings.ADRESSE_DES_RETOURS or settings.DEFAULT_FROM_EMAIL,
        to=[courriel.destinataire],
        headers={
            "From": settings.DEFAULT_FROM_EMAIL,
            "Message-ID": courriel.message_id,
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(courriel.html, "text/html")
    for piece in courriel.pieces:
        message.attach(_partie(fabriquer(piece)))
    return message


@lru_cache(SUJETS_GARDES)
def _en_mots_codes(sujet: str) -> str:
    """Le sujet en ASCII (RFC 2047), que la bibliothèque n'a plus qu'à plier : le coder lui coûte autant que tout le
    reste du message, et un lycée envoie le même à beaucoup de collèges."""
    a_coder = not sujet.isascii() and len(sujet.splitlines()) == 1
    return Header(sujet, "utf-8").encode(linesep="") if a_coder else sujet


def _partie(piece: Piece) -> MIMEBase:
    partie = MIMEBase("application", "octet-stream")
    partie.replace_header("Content-Type", _type_de_contenu(piece.type_mime))
    partie.set_payload(_en_base64(piece.contenu))
    partie["Content-Transfer-Encoding"] = "base64"
    partie.add_header("Content-Disposition", "attachment", filename=piece.nom)
    return partie


@cache
def _type_de_contenu(type_mime: str) -> str:
    """L'en-tête d'un type de pièce et de ses paramètres ; un texte est en UTF-8."""
    genre, _, parametres = type_mime.partition(";")
    modele = MIMEBase(*genre.strip().split("/", 1))
    if modele.get_content_maintype() == "text":
        modele.set_param("charset", "utf-8")
    for parametre in filter(None, parametres.split(";")):
        nom, _, valeur = parametre.strip().partition("=")
        modele.set_param(nom, valeur)
    return modele["Content-Type"]


def _en_base64(contenu: bytes) -> str:
    code = b2a_base64(contenu, newline=False).decode("ascii")
    return "".join([f"{code[i : i + LIGNE_DE_BASE64]}\n" for i in range(0, len(code), LIGNE_DE_BASE64)])


def aplatir(message: Message) -> bytes:
    """Les octets de `message.as_bytes(linesep="\\r\\n")`, aux bornes près, six fois plus vite.

    La bibliothèque réécrit chaque ligne des pièces une fois par niveau, puis relit tout pour choisir des bornes qui n'y
    soient pas. Une borne de 128 bits tirés au sort n'y est pas, et personne n'a pu l'y mettre.
    """
    return "".join(_morceaux(message)).encode()


def _morceaux(partie: Message) -> Iterator[str]:
    if not partie.is_multipart():
        yield from _entetes(partie.items())
        yield _en_lignes(partie.get_payload())
        return
    borne = f"=_{secrets.token_hex(16)}"
    (nom, genre), *suivants = partie.items()
    yield from _entetes([(nom, f'{genre}; boundary="{borne}"'), *suivants])
    avant = ""
    for contenue in partie.get_payload():
        yield f"{avant}--{borne}{FIN}"
        yield from _morceaux(contenue)
        avant = FIN
    yield f"{FIN}--{borne}--{FIN}"


def _entetes(entetes: Iterable[tuple[str, str]]) -> Iterator[str]:
    for nom, valeur in entetes:
        yield _entete(nom, valeur)
    yield FIN


def _entete(nom: str, valeur: str) -> str:
    tel_quel = valeur.isascii() and valeur.isprintable() and valeur == valeur.strip()
    if tel_quel and len(nom) + len(valeur) + 2 <= LARGEUR:
        return f"{nom}: {valeur}{FIN}"
    return PLIAGE.fold(nom, valeur)


def _en_lignes(texte: str) -> str:
    return texte.replace("\r\n", "\n").replace("\r", "\n").replace("\n", FIN)
