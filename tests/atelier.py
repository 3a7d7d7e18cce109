"""Les processus de production pour les tests, ouvrier Celery et serveur web, sur la base, le courtier et la messagerie
d'essai."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from django.db import connection

from outils.processus import enfants_de
from outils.superviseur import GUNICORN

RACINE = Path(__file__).parent.parent


def environnement(**ajouts: str) -> dict[str, str]:
    """Environnement d'un processus de l'application qui travaille sur la base de test."""
    base, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    return os.environ | {"DATABASE_URL": f"{base}/{connection.settings_dict['NAME']}"} | ajouts


class Atelier:
    """Un ouvrier Celery, que l'on peut tuer net et relancer."""

    def __init__(self, adresse_smtp: str, *, files: str, bras: int, **variables: str) -> None:
        self.variables = environnement(EMAIL_URL=adresse_smtp, **variables)
        self.files, self.bras = files, bras
        self.processus: subprocess.Popen[bytes] | None = None
        self.morts = 0

    def ouvrir(self) -> None:
        celery = [sys.executable, "-m", "celery", "-A", "passpro", "worker", "--loglevel=ERROR"]
        commande = [*celery, f"--queues={self.files}", f"--concurrency={self.bras}", f"--hostname={self.files}@%h"]
        self.processus = subprocess.Popen(
            commande, cwd=RACINE, env=self.variables, start_new_session=True, stderr=subprocess.DEVNULL
        )

    def tuer(self) -> None:
        """`kill -9` de l'ouvrier et de ses bras."""
        if self.processus:
            os.killpg(self.processus.pid, signal.SIGKILL)
            self.processus.wait()
            self.processus = None
            self.morts += 1


@contextmanager
def atelier_ouvert(
    adresse_smtp: str, *, files: str = "courriers,impressions,documents,menage", bras: int = 2, **variables: str
) -> Iterator[Atelier]:
    """Un ouvrier au travail sur ces `files`, à tant de bras, tué à la fin du bloc."""
    atelier = Atelier(adresse_smtp, files=files, bras=bras, **variables)
    atelier.ouvrir()
    try:
        yield atelier
    finally:
        atelier.tuer()


@dataclass
class Serveurs:
    """gunicorn sur la base de test : le port où il écoute, et son processus maître."""

    port: int
    maitre: subprocess.Popen[bytes]

    def ouvriers(self) -> list[int]:
        """Numéros des processus qui servent, que l'on peut tuer net : le maître en relance un autre."""
        return enfants_de(self.maitre.pid)


@contextmanager
def serveurs_ouverts(
    *, processus: int = 1, fils: int = 2, journal: Path = Path(os.devnull), **variables: str
) -> Iterator[Serveurs]:
    """Le serveur de production sur un port que le système a donné ; ce qu'il écrit va dans `journal`."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as ecoute, journal.open("wb") as sortie:
        commande = [*GUNICORN, f"--bind=fd://{ecoute.fileno()}", f"--workers={processus}", f"--threads={fils}"]
        maitre = subprocess.Popen(
            [*commande, "--timeout=300"],
            cwd=RACINE,
            env=environnement(**variables),
            pass_fds=(ecoute.fileno(),),
            start_new_session=True,
            stdout=sortie,
            stderr=sortie,
        )
        try:
            yield Serveurs(ecoute.getsockname()[1], maitre)
        finally:
            os.killpg(maitre.pid, signal.SIGTERM)
            maitre.wait(timeout=120)


def attendre(condition, *, au_plus: float) -> bool:
    """Attend que `condition()` soit vraie, `au_plus` secondes."""
    limite = monotonic() + au_plus
    while not condition():
        if monotonic() > limite:
            return False
        sleep(0.05)
    return True
