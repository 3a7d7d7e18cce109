"""Le mandataire de l'épreuve : donne chaque connexion à l'un des groupes de serveurs, à tour de rôle.

    python -m outils.epreuve.repartiteur --port 8000 --groupes groupes.json

Le fichier nomme les ports qui servent ; SIGHUP le fait relire, et un port retiré finit ce qu'il a commencé. Un groupe
qui refuse la connexion est passé : rien ne lui avait encore été envoyé.
"""

import argparse
import asyncio
import contextlib
import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

LOCALE = "127.0.0.1"
MORCEAU = 64 * 1024
FILE_D_ATTENTE = 1024


@dataclass
class Repartiteur:
    fichier: Path
    ports: list[int] = field(default_factory=list)
    _tour: Iterator[int] = field(default_factory=lambda: iter(()))

    def relire(self) -> None:
        self.ports = json.loads(self.fichier.read_text())
        self._tour = cycle(self.ports)

    async def recevoir(self, client: asyncio.StreamReader, vers_le_client: asyncio.StreamWriter) -> None:
        with contextlib.closing(vers_le_client):
            amont = await self._amont()
            if amont is None:
                return
            serveur, vers_le_serveur = amont
            with contextlib.closing(vers_le_serveur):
                aller = asyncio.create_task(_passer(client, vers_le_serveur))
                await _passer(serveur, vers_le_client)
                aller.cancel()

    async def _amont(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in self.ports:
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(LOCALE, next(self._tour))
        return None


async def _passer(d_ou: asyncio.StreamReader, vers: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while morceau := await d_ou.read(MORCEAU):
            vers.write(morceau)
            await vers.drain()


async def servir(repartiteur: Repartiteur, port: int) -> None:
    """Sert jusqu'à SIGTERM."""
    boucle, fin = asyncio.get_running_loop(), asyncio.Event()
    repartiteur.relire()
    boucle.add_signal_handler(signal.SIGHUP, repartiteur.relire)
    for ordre in (signal.SIGTERM, signal.SIGINT):
        boucle.add_signal_handler(ordre, fin.set)
    async with await asyncio.start_server(repartiteur.recevoir, LOCALE, port, backlog=FILE_D_ATTENTE):
        await fin.wait()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--groupes", type=Path, required=True)
    choix = options.parse_args()
    asyncio.run(servir(Repartiteur(choix.groupes), choix.port))


if __name__ == "__main__":
    main()
