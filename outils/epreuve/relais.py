"""Un serveur de messagerie capricieux : il cale, refuse, ou prend le message et coupe sans le dire."""

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from time import monotonic

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

LOCALE = "127.0.0.1"
TAILLE_MAXIMALE = 20 * 1024 * 1024
MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)
# Part des messages que chaque caprice touche, tant que le relais n'est pas assagi.
CAPRICES = {"cale": 0.004, "fait attendre": 0.02, "coupe avant": 0.01, "prend et coupe": 0.01}


@dataclass(frozen=True, slots=True)
class Recu:
    """Un message pris par le relais."""

    message: str
    destinataire: str
    a: float


@dataclass
class Relais:
    """Ce que le relais a pris, et ses caprices ; `cale` dure plus que ce que Passpro attend."""

    hasard: Random
    calage: float
    recus: list[Recu] = field(default_factory=list)
    caprices: Counter[str] = field(default_factory=Counter)
    sage: bool = False
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd impose ces noms
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        if address.startswith("refuse.") and not self.sage:
            return "552 5.2.2 Boite pleine"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd
        caprice = self._caprice()
        if caprice:
            self.caprices[caprice] += 1
        if caprice == "cale":
            await asyncio.sleep(self.calage)
        if caprice == "fait attendre":
            return "451 4.7.1 Reessayez plus tard"
        if caprice != "coupe avant":
            self._prendre(envelope)
        if caprice in {"coupe avant", "prend et coupe"}:
            server.transport.abort()
        return "250 OK"

    def _caprice(self) -> str:
        tirage = 1.0 if self.sage else self.hasard.random()
        for caprice, part in CAPRICES.items():
            if tirage < part:
                return caprice
            tirage -= part
        return ""

    def _prendre(self, envelope: Envelope) -> None:
        trouve = MESSAGE_ID.search(envelope.content)
        message = trouve[1].decode() if trouve else ""
        self.recus += [Recu(message, adresse, monotonic()) for adresse in envelope.rcpt_tos]


class _SurPortLibre(Controller):
    def factory(self) -> SMTP:
        return SMTP(self.handler, data_size_limit=TAILLE_MAXIMALE, enable_SMTPUTF8=True, ident="epreuve")

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def relais_ouvert(hasard: Random, *, calage: float) -> Iterator[Relais]:
    """Ouvre le relais sur un port libre le temps du bloc."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    relais = Relais(hasard, calage)
    controleur = _SurPortLibre(relais, hostname=LOCALE, port=0)
    controleur.start()
    relais.port = controleur.port
    try:
        yield relais
    finally:
        controleur.stop()
