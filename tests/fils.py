"""Un geste sur une autre connexion, pendant que le test tient la sienne."""

from collections.abc import Callable
from threading import Thread
from typing import Any

from django.db import connection


def dans_un_fil(geste: Callable[[], object]) -> Callable[[], list[Any]]:
    """Lance le geste sur une autre connexion ; rend de quoi l'attendre, et lire ce qu'il a rendu ou levé."""
    rendus: list[Any] = []

    def lancer() -> None:
        try:
            rendus.append(geste())
        except Exception as erreur:
            rendus.append(erreur)
        finally:
            connection.close()

    fil = Thread(target=lancer)
    fil.start()

    def attendre() -> list[Any]:
        fil.join(timeout=60)
        return rendus

    return attendre
