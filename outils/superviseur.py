"""Tenir l'application en marche : lancer ses processus, relancer ceux qui meurent, tout arrêter à la fin."""

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from outils import services
from outils.emplacements import JOURNAUX, RACINE
from outils.postgresql import PostgresqlIndisponible
from outils.processus import abattre_la_session, arreter, lancer
from outils.valkey import ValkeyIndisponible

PYTHON = sys.executable
PROGRAMMES = Path(PYTHON).parent
GUNICORN = [PROGRAMMES / "gunicorn", "passpro.wsgi:application", "--config", RACINE / "gunicorn.conf.py"]
CADENCE = 0.5
VIE_COURTE = 10
ATTENTE_MAXIMALE = 30


@dataclass
class Enfant:
    """Un processus de l'application ; `delai_d_arret`, en secondes, avant d'être abattu."""

    nom: str
    commande: Sequence[str | Path]
    environnement: Mapping[str, str] = field(repr=False)
    delai_d_arret: float = 15
    _processus: subprocess.Popen | None = field(default=None, init=False, repr=False)
    _lance_a: float = field(default=0, init=False, repr=False)
    _echecs: int = field(default=0, init=False, repr=False)

    @property
    def journal(self) -> Path:
        return JOURNAUX / f"{self.nom}.log"

    @property
    def numero(self) -> int:
        """Numéro du processus, 0 s'il n'est pas lancé."""
        return self._processus.pid if self._processus else 0

    def demarrer(self) -> None:
        """Lance le processus."""
        self._processus = lancer(self.commande, journal=self.journal, environnement=self.environnement)
        self._lance_a = time.monotonic()

    def surveiller(self) -> None:
        """Relance le processus s'il est mort ; attend de plus en plus s'il meurt sitôt lancé."""
        if self._processus is None or self._processus.poll() is None:
            return
        vie = time.monotonic() - self._lance_a
        attente = min(2**self._echecs, ATTENTE_MAXIMALE) if self._echecs else 0
        if vie < attente:
            return
        self._echecs = self._echecs + 1 if vie < VIE_COURTE else 0
        print(f"  « {self.nom} » s'est arrêté (code {self._processus.returncode}) : relancé.", flush=True)
        abattre_la_session(self._processus)
        self.demarrer()

    def abattre(self) -> None:
        """`kill -9` du processus et de ce qu'il a lancé."""
        if self._processus is not None:
            abattre_la_session(self._processus)

    def arreter(self) -> None:
        """Arrête le processus et ce qu'il a lancé."""
        if self._processus is not None:
            arreter(self._processus, delai=self.delai_d_arret)
            self._processus = None


@dataclass
class Superviseur:
    """Les processus de l'application, surveillés avec les services dont ils se servent."""

    enfants: list[Enfant] = field(default_factory=list)

    def accueillir(self, *enfants: Enfant) -> None:
        """Lance des processus et les prend en charge."""
        for enfant in enfants:
            self.enfants.append(enfant)
            enfant.demarrer()

    def surveiller(self) -> None:
        """Fait un tour : relance ce qui est tombé."""
        try:
            if services.remettre_en_route():
                print("  La base ou le courtier ne répondait plus : relancé.", flush=True)
        except (PostgresqlIndisponible, ValkeyIndisponible) as erreur:
            print(f"  {erreur}", flush=True)
        for enfant in self.enfants:
            enfant.surveiller()

    def veiller(self) -> None:
        """Surveille sans fin ; seul un signal en sort."""
        while True:
            self.surveiller()
            time.sleep(CADENCE)

    def arreter(self) -> None:
        """Arrête tous les processus, du dernier lancé au premier."""
        while self.enfants:
            self.enfants.pop().arreter()


def boite(reglages: Mapping[str, str], *, port: int, dossier: Path) -> Enfant:
    """Décrit la boîte aux lettres locale, à l'écoute sur `port`."""
    commande = [PYTHON, "-m", "outils.boite", "--port", str(port), "--dossier", dossier]
    return Enfant("courriels", commande, reglages, delai_d_arret=5)


def application(reglages: Mapping[str, str], *, port: int) -> list[Enfant]:
    """Décrit les processus de l'application : le serveur web sur `port`, les ateliers et l'horloge de Celery.

    Chaque file a son atelier : un lot ne retarde ni les courriels, ni le document que quelqu'un attend, ni la nuit
    aucun document.
    """
    web = [*GUNICORN, "--bind", f"127.0.0.1:{port}"]
    celery = [PROGRAMMES / "celery", "--app", "passpro"]
    worker = [*celery, "worker", "--queues", "courriers", "--concurrency", "2", "--loglevel", "INFO"]
    documents = [*celery, "worker", "--queues", "documents", "--concurrency", "1", "--hostname", "documents@%h"]
    menage = [*celery, "worker", "--queues", "menage", "--concurrency", "1", "--hostname", "menage@%h"]
    impressions = [*celery, "worker", "--queues", "impressions", "--concurrency", "2", "--hostname", "impressions@%h"]
    beat = [*celery, "beat", "--loglevel", "INFO", "--pidfile", ""]
    commandes = {
        "web": web,
        "worker": worker,
        "impressions": impressions,
        "documents": documents,
        "menage": menage,
        "beat": beat,
    }
    return [Enfant(nom, commande, reglages) for nom, commande in commandes.items()]
