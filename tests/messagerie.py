"""Un vrai serveur SMTP pour les tests, qui sait traîner, refuser ou couper."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from django.test import override_settings

LOCALE = "127.0.0.1"


@dataclass
class Messagerie:
    """Ce que le serveur a reçu, et comment il se conduit."""

    messages: list[EmailMessage] = field(default_factory=list)
    destinataires: list[list[str]] = field(default_factory=list)
    retours: list[str] = field(default_factory=list)
    lenteur: float = 0.0
    refuses: frozenset[str] = frozenset()
    reponse: str = "250 Accepté"
    coupe: bool = False
    port: int = 0

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address in self.refuses:
            return "550 5.1.1 Boîte inconnue"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(self.lenteur)
        if self.reponse.startswith("250"):
            self.retours.append(envelope.mail_from)
            self.destinataires.append(list(envelope.rcpt_tos))
            self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        if self.coupe:
            server.transport.abort()
        return self.reponse

    @property
    def identifiants(self) -> list[str]:
        return [message["Message-ID"] for message in self.messages]

    @property
    def adresse(self) -> str:
        return f"smtp://{LOCALE}:{self.port}"


class ControleurSurPortLibre(Controller):
    """Le contrôleur d'aiosmtpd, avec le port que le système a donné."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def serveur_de_messagerie() -> Iterator[Messagerie]:
    """Ouvre un serveur SMTP sur un port libre et y branche Django le temps du bloc."""
    messagerie = Messagerie()
    controleur = ControleurSurPortLibre(messagerie, hostname=LOCALE, port=0)
    controleur.start()
    messagerie.port = controleur.port
    reglages = {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": LOCALE,
        "EMAIL_PORT": messagerie.port,
        "EMAIL_TIMEOUT": 5,
    }
    try:
        with override_settings(**reglages):
            yield messagerie
    finally:
        controleur.stop()
