"""La seule porte vers WeasyPrint : du HTML entre, un PDF/UA balisé et titré sort (R32, F9)."""

import atexit
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from threading import Lock, Timer
from time import monotonic
from typing import TypeVar

from django.conf import settings
from django.template.loader import render_to_string

from courriers.imprimes import STATIQUES, Imprime
from courriers.signals import document_rendu
from courriers.trames import ecrire, lire

T = TypeVar("T")
DELAI = 10
DELAI_DE_DEMARRAGE = 60
DOCUMENTS_PAR_MOTEUR = 200
IMPOSSIBLE = "Ce document n’a pas pu être préparé. Réessayez, ou prévenez le SAIO."


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
            debut, processus = monotonic(), self._pret()
            pdf = self._sous_delai(DELAI, processus, html.encode()) if processus else None
            document_rendu.send_robust(sender=Moteur, secondes=monotonic() - debut, reussi=pdf is not None)
            if pdf is None:
                self.arreter()
                raise RenduImpossible(IMPOSSIBLE)
            self._rendus += 1
            return pdf

    @staticmethod
    def _sous_delai(delai: float, processus: subprocess.Popen[bytes], demande: bytes | None = None) -> bytes | None:
        """Réponse du processus à `demande`, ou son premier mot ; `None` s'il tombe, ou s'il est tué pour sa lenteur."""
        minuterie = Timer(delai, processus.kill)
        minuterie.start()
        try:
            if demande is not None:
                ecrire(processus.stdin, demande)
            return lire(processus.stdout)
        except OSError:
            return None
        finally:
            minuterie.cancel()

    def _pret(self) -> subprocess.Popen[bytes] | None:
        """Le processus, démarré et prêt : son démarrage, lent sur une machine occupée, ne compte pas dans le délai."""
        if self.processus and (self._rendus >= DOCUMENTS_PAR_MOTEUR or self.processus.poll() is not None):
            self.arreter()
        if self.processus is None:
            commande = [sys.executable, "-m", "courriers.moteur_pdf", str(STATIQUES)]
            # Une session à lui : il cède le passage sans y entraîner l'atelier, et finit quand son entrée se ferme.
            self.processus = subprocess.Popen(
                commande,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=settings.BASE_DIR,
                start_new_session=True,
            )
            if self._sous_delai(DELAI_DE_DEMARRAGE, self.processus) is None:
                return None
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


def rendre_en_lot(
    gabarit: str, elements: Iterable[tuple[T, dict[str, object]]]
) -> Iterator[tuple[T, bytes | RenduImpossible]]:
    """Un PDF/UA par élément et son contexte, dans leur ordre, par plusieurs moteurs à la fois.

    Pendant que les moteurs rendent, le HTML des suivants se prépare ; il n'y en a jamais que deux d'avance par moteur,
    si bien que la mémoire ne dépend pas de la longueur du lot. Un rendu impossible prend la place du document.
    """
    pool = [Moteur() for _ in range(settings.MOTEURS_PAR_LOT)]
    libres: SimpleQueue[Moteur] = SimpleQueue()
    for moteur in pool:
        libres.put(moteur)
    en_vol: deque[tuple[T, Future[bytes]]] = deque()
    fils = ThreadPoolExecutor(len(pool))
    try:
        for element, contexte in elements:
            html = render_to_string(gabarit, contexte)
            en_vol.append((element, fils.submit(_rendre_par_un_moteur_libre, libres, html)))
            if len(en_vol) > 2 * len(pool):
                yield _le_premier(en_vol)
        while en_vol:
            yield _le_premier(en_vol)
    finally:
        # Ce qui attend encore rouvrirait un moteur que plus personne n'arrêterait.
        fils.shutdown(cancel_futures=True)
        for moteur in pool:
            moteur.arreter()


def _rendre_par_un_moteur_libre(libres: SimpleQueue[Moteur], html: str) -> bytes:
    """Un document long n'en retient pas un autre : chacun va au moteur qui a fini."""
    moteur = libres.get()
    try:
        return moteur.rendre(html)
    finally:
        libres.put(moteur)


def _le_premier(en_vol: deque[tuple[T, Future[bytes]]]) -> tuple[T, bytes | RenduImpossible]:
    element, rendu = en_vol.popleft()
    try:
        return element, rendu.result()
    except RenduImpossible as panne:
        return element, panne


def rendre(imprime: Imprime) -> bytes:
    """PDF/UA d'un imprimé. Lève `RenduImpossible` si le rendu dépasse dix secondes ou la mémoire permise."""
    return rendre_le_html(imprime.html())


def rendre_le_html(html: str) -> bytes:
    """PDF/UA de `html`. Lève `RenduImpossible` comme `rendre`."""
    return _moteur.rendre(html)
