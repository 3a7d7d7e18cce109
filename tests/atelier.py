"""Un vrai ouvrier Celery pour les tests, branché sur la base, le courtier et la messagerie d'essai."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from django.db import connection

RACINE = Path(__file__).parent.parent


def environnement(**ajouts: str) -> dict[str, str]:
    """Environnement d'un processus de l'application qui travaille sur la base de test."""
    base, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    return os.environ | {"DATABASE_URL": f"{base}/{connection.settings_dict['NAME']}"} | ajouts


class Atelier:
    """Un ouvrier Celery à deux bras, que l'on peut tuer net et relancer."""

    def __init__(self, adresse_smtp: str) -> None:
        self.variables = environnement(EMAIL_URL=adresse_smtp)
        self.processus: subprocess.Popen[bytes] | None = None
        self.morts = 0

    def ouvrir(self) -> None:
        files = "--queues=courriers,documents"
        celery = [sys.executable, "-m", "celery", "-A", "passpro"]
        commande = [*celery, "worker", files, "--concurrency=2", "--loglevel=ERROR"]
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
def atelier_ouvert(adresse_smtp: str) -> Iterator[Atelier]:
    atelier = Atelier(adresse_smtp)
    atelier.ouvrir()
    try:
        yield atelier
    finally:
        atelier.tuer()


def attendre(condition, *, au_plus: float) -> bool:
    """Attend que `condition()` soit vraie, `au_plus` secondes."""
    limite = monotonic() + au_plus
    while not condition():
        if monotonic() > limite:
            return False
        sleep(0.05)
    return True
