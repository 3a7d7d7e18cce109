"""Le message d'un courriel part par SMTP (R25)."""

import logging
import smtplib
from collections.abc import Callable
from datetime import datetime
from types import TracebackType

from django.core.mail import get_connection
from django.utils import timezone

from courriers.messages import MessageCompose, composer
from courriers.models import Courriel
from courriers.reemploi import PIECES_RECENTES
from courriers.rules.refus import COUPEE, PIECE_FAUTIVE, REFUSE_PASSPRO

journal = logging.getLogger(__name__)
MESSAGES_PAR_CONNEXION = 50
PREMIER_CODE_DEFINITIF = 500


class ExpeditionRefusee(Exception):
    """Le serveur n'a pas accepté le message ; `definitif` dit s'il est inutile de réessayer.

    `incertain` : il l'a peut-être pris, sans avoir pu le dire.
    """

    def __init__(self, phrase: str, *, definitif: bool = False, incertain: bool = False) -> None:
        super().__init__(phrase)
        self.definitif = definitif
        self.incertain = incertain


class Expediteur:
    """Une connexion SMTP gardée ouverte pour une suite de messages, refaite après un incident."""

    def __init__(self) -> None:
        self._connexion = get_connection()
        self._envoyes = 0

    def __enter__(self) -> "Expediteur":
        return self

    def __exit__(
        self, genre: type[BaseException] | None, erreur: BaseException | None, trace: TracebackType | None
    ) -> None:
        PIECES_RECENTES.oublier()
        self._fermer()

    def expedier(self, courriel: Courriel, *, avant_de_confier: Callable[[], None]) -> None:
        """Envoie le message d'un courriel. Lève `ExpeditionRefusee`, avec la raison donnée par le serveur.

        `avant_de_confier` s'appelle une fois le message composé, ce qui peut être long : ce qu'il lève retient l'envoi.
        """
        message = _composer_ou_refuser(courriel)
        avant_de_confier()
        message.connection = self._connexion
        confie = False
        try:
            self._connexion.open()
            confie = True
            message.send()
        except (smtplib.SMTPException, OSError) as incident:
            self._fermer()
            raise _refus(incident, confie=confie) from incident
        self._envoyes += 1
        if self._envoyes >= MESSAGES_PAR_CONNEXION:
            self._fermer()

    def maintenant(self) -> datetime:
        """Instant à noter pour ce qui vient d'être tenté."""
        return timezone.now()

    def _fermer(self) -> None:
        self._envoyes = 0
        try:
            self._connexion.close()
        except (smtplib.SMTPException, OSError):
            self._connexion = get_connection()


def _composer_ou_refuser(courriel: Courriel) -> MessageCompose:
    """Compose et écrit le message ; quel que soit le défaut d'une pièce, le courriel reste en file avec sa raison."""
    try:
        message = composer(courriel)
        message.message()
        return message
    except Exception as incident:
        journal.exception("Courriel %s : une pièce jointe n'a pas pu être préparée.", courriel.pk)
        raise ExpeditionRefusee(f"{PIECE_FAUTIVE} n’a pas pu être préparée\u00a0: {incident!r}.") from incident


def _refus(incident: Exception, *, confie: bool) -> ExpeditionRefusee:
    """Seul un refus du destinataire ou du message est définitif ; ce qui tient à notre relais se réessaie.

    `confie` : le message était en route ; sans réponse du serveur, nul ne sait s'il l'a pris.
    """
    if isinstance(incident, smtplib.SMTPRecipientsRefused):
        code, raison = next(iter(incident.recipients.values()))
        return ExpeditionRefusee(_dire(code, raison), definitif=code >= PREMIER_CODE_DEFINITIF)
    if isinstance(incident, smtplib.SMTPDataError):
        definitif = incident.smtp_code >= PREMIER_CODE_DEFINITIF
        return ExpeditionRefusee(_dire(incident.smtp_code, incident.smtp_error), definitif=definitif)
    if isinstance(incident, smtplib.SMTPResponseException):
        return ExpeditionRefusee(f"{REFUSE_PASSPRO}\u00a0: {_dire(incident.smtp_code, incident.smtp_error)}")
    coupure = isinstance(incident, smtplib.SMTPServerDisconnected | ConnectionResetError | BrokenPipeError)
    if coupure and "timed out" not in str(incident):
        return ExpeditionRefusee(f"{COUPEE}\u00a0: {type(incident).__name__}.", incertain=confie)
    phrase = f"Le serveur de messagerie ne répond pas\u00a0: {type(incident).__name__}."
    return ExpeditionRefusee(phrase, incertain=confie)


def _dire(code: int, raison: bytes | str) -> str:
    texte = raison.decode("utf-8", "replace") if isinstance(raison, bytes) else raison
    # Une réponse peut porter un octet nul, que la base refuse : le courriel repartirait sans fin.
    propre = " ".join(texte.replace("\x00", "").split())
    return f"{code} {propre}"
