"""Lancer un processus qui ne nous survit pas, et l'arrêter proprement."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
TAILLE_MAXIMALE_DU_JOURNAL = 5 * 1024 * 1024


def _meurt_avec_nous(parent: int) -> Callable[[], None]:
    bibliotheque = ctypes.CDLL(None, use_errno=True)

    def dans_l_enfant() -> None:
        bibliotheque.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return dans_l_enfant


def lancer(
    commande: Sequence[str | Path], *, journal: Path, environnement: Mapping[str, str] | None = None
) -> subprocess.Popen:
    """Lance `commande` dans sa propre session, sa sortie au bout de `journal`.

    Le noyau l'arrête (SIGTERM) si le processus appelant disparaît, même tué net.
    """
    with ouvrir_journal(journal) as sortie:
        return subprocess.Popen(
            [os.fspath(mot) for mot in commande],
            stdin=subprocess.DEVNULL,
            stdout=sortie,
            stderr=subprocess.STDOUT,
            env=None if environnement is None else dict(environnement),
            start_new_session=True,
            preexec_fn=_meurt_avec_nous(os.getpid()),
        )


def ouvrir_journal(journal: Path):
    """Ouvre `journal` en ajout ; au-delà de 5 Mio, l'ancien contenu passe dans un fichier « .1 »."""
    journal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if journal.exists() and journal.stat().st_size > TAILLE_MAXIMALE_DU_JOURNAL:
        journal.replace(journal.with_suffix(".log.1"))
    return journal.open("ab")


def enfants_de(numero: int) -> list[int]:
    """Les processus que le processus `numero` a lancés de son fil principal, et qui vivent."""
    return [int(enfant) for enfant in Path(f"/proc/{numero}/task/{numero}/children").read_text().split()]


def arreter(processus: subprocess.Popen, *, delai: float) -> None:
    """Demande la fin de `processus`, l'attend `delai` secondes, puis abat ce qui reste de sa session."""
    if processus.poll() is None:
        processus.terminate()
        try:
            processus.wait(timeout=delai)
        except subprocess.TimeoutExpired:
            pass
    abattre_la_session(processus)
    processus.wait()


def abattre_la_session(processus: subprocess.Popen) -> None:
    """Tue net tout ce que `processus` a laissé dans sa session."""
    try:
        os.killpg(processus.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
