"""Les chefs d'établissement d'accueil, à leur navigateur : ils confirment, annulent, déplacent, et recommencent tant
qu'aucune réponse ne vient."""

import http.client
import time
import urllib.parse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle
from queue import Empty, PriorityQueue
from random import Random
from threading import Event, Lock, Thread
from typing import Any

JETON = "j" * 32
REPIT = 0.5
DELAI = 60
PART_ANNULEE, PART_DEPLACEE = 0.06, 0.06


@dataclass(order=True)
class Geste:
    """Une page à envoyer, pas avant l'instant `a`."""

    a: float
    rang: int
    chemin: str = field(compare=False)
    saisie: dict[str, str] = field(compare=False)
    session: str = field(compare=False)


@dataclass
class Clients:
    """Envoie les gestes d'une file aux serveurs web, à plusieurs, jusqu'à ce que chacun ait eu sa réponse."""

    ports: Sequence[int]
    hasard: Random
    file: PriorityQueue[Geste] = field(default_factory=PriorityQueue)
    reponses: Counter[str] = field(default_factory=Counter)
    en_cours: int = 0
    changements: int = 0
    _fini: Event = field(default_factory=Event)
    _verrou: Lock = field(default_factory=Lock)
    _fils: list[Thread] = field(default_factory=list)

    def prevoir(self, lots: Sequence[dict[str, Any]], *, duree: float) -> None:
        """Confirme les lots l'un après l'autre ; annule et déplace au hasard, jusqu'à `duree` secondes plus tard."""
        maintenant = time.monotonic()
        for rang, lot in enumerate(lots):
            base = f"/accueil/{lot['uai']}"
            codes = " ".join(entretien["entretien"] for entretien in lot["entretiens"])
            self._ajouter(
                maintenant, f"{base}/convocations/verification/", {"codes": codes, "quand": "maintenant"}, lot
            )
            libres = list(lot["libres"])
            for entretien in lot["entretiens"]:
                tirage, quand = self.hasard.random(), maintenant + rang * 0.1 + self.hasard.uniform(0, duree)
                page = f"{base}/candidats/{entretien['candidature']}"
                if tirage < PART_ANNULEE:
                    self._changer(quand, f"{page}/annuler/", {"suite": "replanifier"}, lot)
                elif tirage < PART_ANNULEE + PART_DEPLACEE and libres:
                    self._changer(quand, f"{page}/deplacer/", {"creneau": libres.pop()}, lot)

    def _changer(self, quand: float, chemin: str, saisie: dict[str, str], lot: dict[str, Any]) -> None:
        self.changements += 1
        self._ajouter(quand, chemin, saisie, lot)

    def _ajouter(self, quand: float, chemin: str, saisie: dict[str, str], lot: dict[str, Any]) -> None:
        self.en_cours += 1
        self.file.put(Geste(quand, self.en_cours, chemin, saisie, lot["session"]))

    def ouvrir(self, nombre: int) -> None:
        """Met `nombre` clients au travail."""
        self._fils = [Thread(target=self._travailler, args=(n,), daemon=True) for n in range(nombre)]
        for fil in self._fils:
            fil.start()

    def fermer(self) -> None:
        """Arrête les clients."""
        self._fini.set()
        for fil in self._fils:
            fil.join()

    def _travailler(self, n: int) -> None:
        ports = cycle([*self.ports[n % len(self.ports) :], *self.ports[: n % len(self.ports)]])
        while not self._fini.is_set():
            try:
                geste = self.file.get(timeout=REPIT)
            except Empty:
                continue
            if geste.a > time.monotonic():
                self.file.put(geste)
                time.sleep(0.05)
                continue
            self._insister(geste, ports)

    def _insister(self, geste: Geste, ports: Any) -> None:
        """Recommence jusqu'à une réponse de l'application : faite, ou déjà faite."""
        while not self._fini.is_set():
            statut = envoyer(next(ports), geste)
            with self._verrou:
                self.reponses[str(statut) if statut else "sans réponse"] += 1
            if statut and statut < 500:
                with self._verrou:
                    self.en_cours -= 1
                return
            time.sleep(REPIT)


def envoyer(port: int, geste: Geste) -> int:
    """Envoie la page d'un geste ; rend le statut de la réponse, 0 si elle ne vient pas."""
    connexion = http.client.HTTPConnection("127.0.0.1", port, timeout=DELAI)
    corps = urllib.parse.urlencode(geste.saisie | {"csrfmiddlewaretoken": JETON})
    entetes = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"sessionid={geste.session}; csrftoken={JETON}",
    }
    try:
        connexion.request("POST", geste.chemin, corps, entetes)
        return connexion.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connexion.close()
