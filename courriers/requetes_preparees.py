"""Des requêtes préparées une fois par connexion : ensuite seules les valeurs partent, et PostgreSQL garde son plan."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql.base import ServerBindingCursor


class _CurseurPrepare(ServerBindingCursor):
    """Dit la requête exécutée comme le fait un curseur ordinaire : les journaux et les tests la lisent là."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> "_CurseurPrepare":
        super().execute(query, params, **options)
        self._query = self._query or SimpleNamespace(query=query.encode())
        return self


@contextmanager
def requetes_preparees(base: Any = None) -> Iterator[None]:
    """Les curseurs ouverts ici préparent leurs requêtes (`prepare_threshold`, dans les réglages).

    `base` : leur connexion, si l'appelant l'a déjà. Une requête écrite à la main nomme ses colonnes : celle qu'ajoute
    une migration rendrait `*` inexécutable.
    """
    base = base or connections[DEFAULT_DB_ALIAS]
    base.ensure_connection()
    ouverte = base.connection
    d_ordinaire, ouverte.cursor_factory = ouverte.cursor_factory, _CurseurPrepare
    try:
        yield
    finally:
        ouverte.cursor_factory = d_ordinaire
