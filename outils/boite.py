"""La boîte aux lettres de la démonstration : un relais SMTP qui garde tout et ne transmet rien.

Chaque message devient un fichier `.eml` du dossier indiqué ; il y apparaît d'un coup, une fois entier.
"""

import argparse
import asyncio
import secrets
import signal
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from outils.emplacements import dossier_a_soi

TAILLE_MAXIMALE = 20 * 1024 * 1024


class Boite:
    """Range dans `dossier` les messages que le relais reçoit."""

    def __init__(self, dossier: Path) -> None:
        self.dossier = dossier_a_soi(dossier)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd impose ces noms
        """Accepte un message et le range ; le nom de cette méthode est imposé par aiosmtpd."""
        fichier = self.ranger(envelope.content, envelope.mail_from, envelope.rcpt_tos)
        return f"250 {fichier.name}"

    def ranger(self, contenu: bytes, expediteur: str, destinataires: list[str]) -> Path:
        """Écrit le message, précédé de son enveloppe, et renvoie son fichier.

        Les noms de fichiers se suivent dans l'ordre d'arrivée.
        """
        nom = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{secrets.token_hex(4)}"
        ebauche = self.dossier / f".{nom}"
        ebauche.write_bytes(_enveloppe(expediteur, destinataires) + contenu)
        return ebauche.rename(self.dossier / f"{nom}.eml")

    def vider(self) -> None:
        """Jette les messages rangés."""
        for message in self.dossier.glob("*.eml"):
            message.unlink(missing_ok=True)


def _enveloppe(expediteur: str, destinataires: list[str]) -> bytes:
    entetes = [f"Return-Path: <{expediteur}>", *(f"Delivered-To: {adresse}" for adresse in destinataires)]
    return "".join(f"{entete}\r\n" for entete in entetes).encode()


async def servir(boite: Boite, port: int) -> None:
    """Sert `boite` sur 127.0.0.1:`port` jusqu'à SIGTERM ou Ctrl-C. Lève `OSError` si le port est pris."""
    boucle = asyncio.get_running_loop()
    fin = asyncio.Event()
    for ordre in (signal.SIGTERM, signal.SIGINT):
        boucle.add_signal_handler(ordre, fin.set)
    serveur = await boucle.create_server(lambda: _relais(boite), "127.0.0.1", port)
    async with serveur:
        await fin.wait()


def _relais(boite: Boite) -> SMTP:
    return SMTP(boite, data_size_limit=TAILLE_MAXIMALE, enable_SMTPUTF8=True, ident="Passpro")


def main() -> None:
    """Point d'entrée : `python -m outils.boite --port 1025 --dossier …`."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--dossier", type=Path, required=True)
    choix = options.parse_args()
    asyncio.run(servir(Boite(choix.dossier), choix.port))


if __name__ == "__main__":
    main()
