"""La seule porte vers WeasyPrint : du HTML entre, un PDF/UA balisé et titré sort (R32, F9)."""

import atexit
import subprocess
import sys
from pathlib import Path
from threading import Lock, Timer

from django.conf import settings
from django.template.loader import render_to_string

from courriers.trames import ecrire, lire

DELAI = 10
DOCUMENTS_PAR_MOTEUR = 200
STATIQUES = Path(settings.BASE_DIR) / "static"


class RenduImpossible(Exception):
    """Le document n'a pas pu être produit dans le temps et la mémoire permis."""


class Moteur:
    """Un processus de rendu gardé chaud, tué s'il dépasse le délai, remplacé après deux cents documents."""

    def __init__(self) -> None:
        self.processus: subprocess.Popen[bytes] | None = None
        self._rendus = 0
        self._tour = Lock()

    def rendre(self, html: str) -> bytes:
        """PDF de `html`. Lève `RenduImpossible` après dix secondes ou si le processus tombe."""
        with self._tour:
            processus = self._pret()
            minuterie = Timer(DELAI, processus.kill)
            minuterie.start()
            try:
                ecrire(processus.stdin, html.encode())
                pdf = lire(processus.stdout)
            except OSError:
                pdf = None
            finally:
                minuterie.cancel()
            if pdf is None:
                self.arreter()
                raise RenduImpossible("Ce document n’a pas pu être préparé. Réessayez, ou prévenez le SAIO.")
            self._rendus += 1
            return pdf

    def _pret(self) -> subprocess.Popen[bytes]:
        if self.processus and (self._rendus >= DOCUMENTS_PAR_MOTEUR or self.processus.poll() is not None):
            self.arreter()
        if self.processus is None:
            commande = [sys.executable, "-m", "courriers.moteur_pdf", str(STATIQUES)]
            self.processus = subprocess.Popen(
                commande, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=settings.BASE_DIR
            )
        return self.processus

    def arreter(self) -> None:
        """Arrête le processus, s'il y en a un ; le prochain rendu en ouvrira un autre."""
        if self.processus:
            self.processus.kill()
            self.processus.communicate()
        self.processus = None
        self._rendus = 0


_moteur = Moteur()
atexit.register(_moteur.arreter)


def rendre_document(gabarit: str, contexte: dict[str, object]) -> bytes:
    """PDF/UA d'un gabarit de `templates/documents/`.

    Lève `RenduImpossible` si le rendu dépasse dix secondes ou la mémoire permise.
    """
    return _moteur.rendre(render_to_string(gabarit, contexte))
