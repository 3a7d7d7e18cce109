"""Une place par processus vivant, dans un dossier commun aux processus d'une machine.

prometheus-client écrit un fichier par processus, nommé d'après son numéro : chaque ouvrier remplacé en laisserait un,
et deux conteneurs s'y confondraient. Une place, elle, se tient par un verrou qui tombe avec le processus ; qui la
reprend continue ses comptes.
"""

import fcntl
import os
from itertools import count
from pathlib import Path


class Places:
    """Rend la place du processus en cours, prise au premier appel et après chaque `fork`."""

    def __init__(self, dossier: Path) -> None:
        self._dossier = dossier
        self._processus = 0
        self._place = ""
        self._descripteur: int | None = None

    def __call__(self) -> str:
        if self._processus != os.getpid():
            self._prendre()
        return self._place

    def _prendre(self) -> None:
        if self._descripteur is not None:
            # Celle de qui nous a engendrés : il la tient encore.
            os.close(self._descripteur)
        self._dossier.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._place, self._descripteur = next(filter(None, map(self._essayer, count())))
        self._processus = os.getpid()

    def _essayer(self, rang: int) -> tuple[str, int] | None:
        descripteur = os.open(self._dossier / f"{rang}.place", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descripteur, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descripteur)
            return None
        return str(rang), descripteur
