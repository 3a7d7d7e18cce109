"""Une migration passée par une autre connexion, pendant que celle-ci garde ce qu'elle a préparé."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections


@contextmanager
def colonne_elargie(table: str, colonne: str, avant: str, apres: str) -> Iterator[None]:
    autre = connections.create_connection("default")
    try:
        with autre.cursor() as curseur:
            curseur.execute(f"ALTER TABLE {table} ALTER COLUMN {colonne} TYPE {apres}")
        yield
    finally:
        with autre.cursor() as curseur:
            curseur.execute(f"ALTER TABLE {table} ALTER COLUMN {colonne} TYPE {avant}")
        autre.close()
