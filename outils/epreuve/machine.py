"""La machine de l'épreuve : tous les processus de l'application et leurs services, que l'on tue et qui repartent."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import psycopg

from outils.emplacements import RACINE
from outils.environnement import port_libre
from outils.postgresql import Grappe
from outils.sauvegarde import Base
from outils.superviseur import GUNICORN, PROGRAMMES, Enfant
from outils.valkey import Valkey

GENRES = ("atelier", "web", "horloge", "courtier", "base")
BASE = "epreuve"
# Ceux que l'on garde pour le lendemain matin n'attendent pas.
EN_ATTENTE = """
    SELECT count(*) FROM courriers_courriel
    WHERE etat IN ('a_envoyer', 'en_cours') AND prochain_essai_le < now() + interval '1 hour'
"""


@dataclass
class Machine:
    """Des serveurs web, des ateliers et des horloges, `exemplaires` de chaque ; un Valkey et une grappe durables."""

    dossier: Path
    hasard: Random
    port_du_relais: int
    reglages: str
    exemplaires: int
    processus_web: int = 1
    enfants: dict[str, list[Enfant]] = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    arrets: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.grappe = Grappe(self.dossier / "postgresql")
        self.valkey = Valkey(self.dossier / "valkey")

    @property
    def environnement(self) -> dict[str, str]:
        propres = {
            "PASSPRO_MODE": "tests",
            "DJANGO_SETTINGS_MODULE": self.reglages,
            "DATABASE_URL": self.grappe.adresse(BASE),
            "CELERY_BROKER_URL": self.valkey.adresse,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.port_du_relais}",
            "PROCESSUS_WEB": str(self.processus_web),
            "ATTENTE_D_UN_DOCUMENT": "0.8",
            "DOSSIER_DES_FICHIERS": os.fspath(self.dossier / "fichiers"),
        }
        return dict(os.environ) | propres

    def ouvrir_les_services(self) -> None:
        """Démarre la base, vide, et le courtier."""
        self.grappe.demarrer()
        self.grappe.creer_la_base(BASE)
        self.valkey.demarrer()

    def lancer(self) -> None:
        """Lance les processus de l'application."""
        rangs = range(1, self.exemplaires + 1)
        self.ports = tuple(port_libre() for _ in rangs)
        celery = [PROGRAMMES / "celery", "--app", "passpro"]
        horloges = [self.environnement | {"CELERY_BEAT_FICHIER": os.fspath(self.dossier / f"beat-{n}")} for n in rangs]
        atelier = [
            *(*celery, "worker", "--queues", "courriers,impressions,documents,menage"),
            *("--concurrency", "2", "--loglevel", "WARNING"),
        ]
        self.enfants = {
            "web": [
                Enfant(f"epreuve-web-{n}", [*GUNICORN, "--bind", f"127.0.0.1:{port}"], self.environnement)
                for n, port in enumerate(self.ports)
            ],
            "atelier": [
                Enfant(f"epreuve-atelier-{n}", [*atelier, "--hostname", f"epreuve{n}@%h"], self.environnement)
                for n in rangs
            ],
            "horloge": [
                Enfant(f"epreuve-horloge-{n}", [*celery, "beat", "--pidfile", "", "--loglevel", "WARNING"], reglages)
                for n, reglages in enumerate(horloges, start=1)
            ],
        }
        for enfant in self._tous():
            enfant.demarrer()

    def tuer(self, genre: str) -> None:
        """`kill -9` de l'un des processus de ce genre."""
        self.arrets.append(genre)
        if genre == "base":
            self.grappe.abattre()
        elif genre == "courtier":
            self.valkey.abattre()
        else:
            self.hasard.choice(self.enfants[genre]).abattre()

    def surveiller(self) -> None:
        """Relance ce qui est tombé."""
        if not self.grappe.repond():
            self.grappe.demarrer()
        if not self.valkey.repond():
            self.valkey.demarrer()
        for enfant in self._tous():
            enfant.surveiller()

    @property
    def racines(self) -> dict[int, str]:
        """Le nom de ce que fait chaque processus principal qui vit."""
        lances = {enfant.numero: genre for genre, enfants in self.enfants.items() for enfant in enfants}
        return lances | {self.grappe.numero: "base", self.valkey.numero: "courtier"}

    def demander(self, module: str, *arguments: str) -> Any:
        """Lance un module des épreuves sur la base, et rend le JSON qu'il écrit."""
        commande = [sys.executable, "-W", "ignore", "-m", f"outils.{module}", *arguments]
        lu = subprocess.run(
            commande, cwd=RACINE, env=self.environnement, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=True
        )
        return json.loads(lu.stdout.splitlines()[-1])

    def ce_qui_attend(self) -> int:
        """Courriels pas encore partis ; un, au moins, si la base ne répond pas."""
        try:
            with Base.a_l_adresse(self.grappe.adresse(BASE)).ouverte() as connexion:
                ligne = connexion.execute(EN_ATTENTE).fetchone()
        except psycopg.Error:
            return 1
        return int(ligne[0]) if ligne else 0

    def arreter(self) -> None:
        """Arrête tout."""
        for enfant in reversed(list(self._tous())):
            enfant.abattre()
            enfant.arreter()
        self.valkey.arreter()
        self.grappe.arreter()

    def _tous(self) -> Iterator[Enfant]:
        return (enfant for enfants in self.enfants.values() for enfant in enfants)


@contextmanager
def machine_ouverte(
    dossier: Path, hasard: Random, *, port_du_relais: int, reglages: str, exemplaires: int, processus_web: int = 1
) -> Iterator[Machine]:
    """Ouvre les services, sans rien lancer ; arrête tout à la fin du bloc."""
    machine = Machine(dossier, hasard, port_du_relais, reglages, exemplaires, processus_web)
    try:
        machine.ouvrir_les_services()
        yield machine
    finally:
        machine.arreter()
