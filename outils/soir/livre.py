"""Le livre : ce que chacun a su enregistré, ligne après ligne, sur le disque."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from threading import Lock


class Quoi(StrEnum):
    """Ce qui a été enregistré."""

    AVIS = "avis"
    BROUILLON = "brouillon"
    TRANSMISSION = "transmission"
    ELEVE = "eleve"
    CHOIX = "choix"
    INSCRIPTION = "inscription"


@dataclass(frozen=True, slots=True)
class Fait:
    """Un enregistrement : de quel objet, ce qui y est écrit, sous quelle version ; `su` si la réussite a été lue."""

    quoi: Quoi
    code: str
    ecrit: str
    version: int = 0
    su: bool = True


class Livre:
    """Ajoute un fait à la fois au fichier ; ce qui y est ne dépend plus de ce processus."""

    def __init__(self, fichier: Path) -> None:
        self._fichier = fichier
        self._sortie = fichier.open("w", encoding="utf-8", buffering=1)
        self._verrou = Lock()

    def inscrire(self, fait: Fait) -> None:
        with self._verrou:
            self._sortie.write(json.dumps(asdict(fait), ensure_ascii=False) + "\n")

    def fermer(self) -> None:
        self._sortie.close()


def lire(fichier: Path) -> Iterator[Fait]:
    with fichier.open(encoding="utf-8") as lignes:
        for ligne in lignes:
            lu = json.loads(ligne)
            yield Fait(**lu | {"quoi": Quoi(lu["quoi"])})
