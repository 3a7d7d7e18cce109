"""Un serveur de messagerie local qui prend tout et ne garde rien : `python -m outils.mesures.puits <port>`.

Il est dans son processus, pour que son travail ne se compte pas avec celui de qui lui écrit.
"""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aiosmtpd.smtp import SMTP, Envelope, Session

from outils.emplacements import RACINE

LOCALE = "127.0.0.1"
TAILLE_MAXIMALE = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Puits:
    """Où écrire, et le processus qui répond."""

    port: int
    pid: int


class Preneur:
    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd
        return "250 OK"


@contextmanager
def ouvert() -> Iterator[Puits]:
    prise = socket.create_server((LOCALE, 0))
    with prise:
        commande = [sys.executable, "-m", "outils.mesures.puits", str(prise.fileno())]
        with subprocess.Popen(commande, cwd=RACINE, pass_fds=[prise.fileno()]) as processus:
            try:
                yield Puits(prise.getsockname()[1], processus.pid)
            finally:
                processus.kill()


async def _servir(prise: socket.socket) -> None:
    boucle = asyncio.get_running_loop()
    serveur = await boucle.create_server(lambda: SMTP(Preneur(), data_size_limit=TAILLE_MAXIMALE), sock=prise)
    async with serveur:
        await serveur.serve_forever()


if __name__ == "__main__":
    asyncio.run(_servir(socket.socket(fileno=int(sys.argv[1]))))
