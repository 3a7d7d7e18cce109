"""Des processus qui font tous un même geste, à la demande, comme les ouvriers d'un atelier."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection

from django.db import connections


@contextmanager
def embauches(combien: int, geste: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """Rend de quoi faire faire le geste une fois à chacun, et attendre que tous aient fini."""
    # Un processus qui naît ne doit pas tenir la connexion de son parent.
    connections.close_all()
    contexte = get_context("fork")
    bouts = [contexte.Pipe() for _ in range(combien)]
    processus = [contexte.Process(target=_travailler, args=(la_bas, geste), daemon=True) for _, la_bas in bouts]
    for un in processus:
        un.start()

    def faire_faire() -> None:
        for ici, _ in bouts:
            ici.send(True)
        for ici, _ in bouts:
            ici.recv()

    try:
        yield faire_faire
    finally:
        for ici, _ in bouts:
            ici.send(False)
        for un in processus:
            un.join()


def _travailler(tuyau: Connection, geste: Callable[[], None]) -> None:
    while tuyau.recv():
        geste()
        tuyau.send(True)
