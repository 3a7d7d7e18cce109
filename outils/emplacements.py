"""Où les commandes de bin/ rangent ce qu'elles produisent, et comment elles se partagent les lieux."""

import contextlib
import fcntl
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

RACINE = Path(__file__).resolve().parent.parent
TRAVAIL = RACINE / ".run"
JOURNAUX = TRAVAIL / "journaux"
VERROUS = TRAVAIL / "verrous"

LONGUEUR_MAXIMALE_DE_PRISE = 100
CARACTERES_SANS_RISQUE = re.compile(r"[A-Za-z0-9_./-]+")


class EmplacementRefuse(Exception):
    """Un dossier qui devrait être à nous appartient à quelqu'un d'autre."""


def dossier_a_soi(chemin: Path, mode: int = 0o700) -> Path:
    """Crée `chemin` s'il manque, lui donne les droits `mode`, et le renvoie.

    Lève `EmplacementRefuse` si un autre compte l'a créé avant nous, ou si c'est un lien.
    """
    chemin.mkdir(mode=mode, parents=True, exist_ok=True)
    etat = chemin.lstat()
    if not stat.S_ISDIR(etat.st_mode) or etat.st_uid != os.geteuid():
        raise EmplacementRefuse(f"« {chemin} » n'est pas à ce compte : supprimez-le, puis recommencez.")
    chemin.chmod(mode)
    return chemin


def dossier_de_prise(souhaite: Path, nom_de_prise: str) -> Path:
    """Renvoie le dossier privé où poser la prise Unix `nom_de_prise`.

    C'est `souhaite`, sauf si le chemin dépasse ce que le système accepte (100 octets ici) ou porte des
    caractères qu'une adresse de base ne sait pas écrire : c'est alors un dossier court, privé lui aussi,
    du dossier temporaire.
    """
    prise = os.fspath(souhaite / nom_de_prise)
    if len(os.fsencode(prise)) <= LONGUEUR_MAXIMALE_DE_PRISE and CARACTERES_SANS_RISQUE.fullmatch(prise):
        souhaite.mkdir(mode=0o700, parents=True, exist_ok=True)
        return souhaite
    empreinte = hashlib.sha256(os.fsencode(souhaite)).hexdigest()[:12]
    return dossier_a_soi(Path(tempfile.gettempdir()) / f"passpro-{os.geteuid()}-{empreinte}")


class Usage:
    """Compte ceux qui se servent d'un même lieu, pour que le dernier éteigne en partant.

    Le verrou est tenu par le noyau : un usager tué net ne reste jamais compté.
    """

    def __init__(self, fichier: Path) -> None:
        fichier.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._descripteur = os.open(fichier, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._descripteur, fcntl.LOCK_SH)

    def est_le_dernier(self) -> bool:
        """Dit si personne d'autre ne se sert du lieu ; dans ce cas, en retient l'entrée jusqu'à `quitter`."""
        try:
            fcntl.flock(self._descripteur, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def quitter(self) -> None:
        """Rend le lieu."""
        os.close(self._descripteur)


@contextlib.contextmanager
def chacun_son_tour(fichier: Path) -> Iterator[None]:
    """Réserve le bloc à un seul processus à la fois ; les autres attendent."""
    fichier.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with fichier.open("a") as verrou:
        fcntl.flock(verrou, fcntl.LOCK_EX)
        yield


def reserver(fichier: Path) -> int | None:
    """Prend `fichier` pour soi jusqu'à la fin du processus ; `None` s'il est déjà pris."""
    fichier.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descripteur = os.open(fichier, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descripteur, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descripteur)
        return None
    return descripteur
