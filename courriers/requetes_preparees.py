"""Des requêtes préparées une fois par connexion : ensuite seules les valeurs partent, et PostgreSQL garde son plan.

Des requêtes groupées partent sans attendre la réponse de celle d'avant : un aller-retour pour plusieurs.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql.base import Cursor, ServerBindingCursor
from psycopg import Cursor as CurseurDePsycopg
from psycopg import Error, Pipeline


class _Groupable(CurseurDePsycopg):
    """Attend la réponse avant de dire combien de lignes elle touche : une ligne enregistrée l'est vraiment."""

    @property
    def rowcount(self) -> int:
        if sont_groupees(self.connection):
            with self.connection.pipeline() as groupe:
                groupe.sync()
        return super().rowcount


class _CurseurGroupe(_Groupable, Cursor):
    """Celui de Django, entre des requêtes groupées."""


class _CurseurPrepare(_Groupable, ServerBindingCursor):
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


@contextmanager
def requetes_groupees() -> Iterator[Callable[[], None]]:
    """Les requêtes d'ici partent sans attendre de réponse, jusqu'à ce qu'on en lise une ; rend de quoi les attendre.

    Une faute se lève alors, à la requête suivante si la base l'a déjà dite, et au plus tard à la sortie. La base laisse
    de côté tout ce qui la suit jusqu'à ce qu'on ait attendu : dans une sauvegarde partielle, on attend avant d'en
    sortir, faute ou non. Un COPY ne se groupe pas.
    """
    base = connections[DEFAULT_DB_ALIAS]
    base.ensure_connection()
    ouverte = base.connection
    d_ordinaire, ouverte.cursor_factory = ouverte.cursor_factory, _CurseurGroupe
    try:
        with base.wrap_database_errors, ouverte.pipeline() as groupe:
            yield base.wrap_database_errors(partial(_attendre_les_reponses, ouverte, groupe))
    finally:
        ouverte.cursor_factory = d_ordinaire


def _attendre_les_reponses(ouverte: Any, groupe: Pipeline) -> None:
    """Lit toutes les réponses, puis lève la première faute : aucune ne reste pour les requêtes d'après."""
    fautes: list[Error] = []
    while not ouverte.closed:
        try:
            groupe.sync()
            break
        except Error as faute:
            fautes.append(faute)
    if fautes:
        raise fautes[0]


def sont_groupees(ouverte: Any) -> bool:
    """Vrai si les requêtes de cette connexion sont groupées en ce moment."""
    return bool(ouverte.info.pipeline_status)
