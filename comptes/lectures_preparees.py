"""Une lecture de l'ORM écrite une fois par processus, et préparée une fois par connexion.

Une requête que chaque page refait coûte plus à écrire, puis à planifier, qu'à exécuter. On la construit une fois, avec
des `Parametre` là où la valeur change ; ensuite seules les valeurs partent, et PostgreSQL garde son plan. Rien de ce
qui est lu n'est gardé.

    SESSIONS = LecturePreparee(lambda: Session.objects.filter(session_key=Parametre("cle", CharField())))
    SESSIONS.lire(cle="…")
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Field, QuerySet, Value
from django.db.models.sql.compiler import SQLCompiler

PLACES = re.compile("%[s%]")


@dataclass(frozen=True, slots=True)
class _Place:
    nom: str
    champ: Field


class Parametre(Value):
    """Une valeur que chaque lecture donne, par son nom ; `champ` en dit le type."""

    def __init__(self, nom: str, champ: Field) -> None:
        super().__init__(nom, output_field=champ)
        self._place = _Place(nom, champ)

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, list[Any]]:
        return f"%s::{self._place.champ.db_type(connection)}", [self._place]


class LecturePreparee:
    """Ce que rend `construire`, qui ne dépend que de `Parametre` : ni de l'heure, ni d'une campagne, ni de personne."""

    def __init__(self, construire: Callable[[], QuerySet]) -> None:
        self._construire = construire
        self._prete: tuple[QuerySet, SQLCompiler, str, list[_Place]] | None = None

    def lire(self, **valeurs: Any) -> list[Any]:
        """Les lignes, comme la requête les rendrait ; une valeur par `Parametre`."""
        lecture, compilateur, sql, places = self._prete or self._preparer()
        parametres = [place.champ.get_db_prep_value(valeurs[place.nom], connection) for place in places]
        deja_ecrite, jeu = copy(compilateur), lecture.all()
        deja_ecrite.connection = connection
        deja_ecrite.as_sql = lambda *_, **__: (sql, parametres)
        jeu.query.get_compiler = lambda *_, **__: deja_ecrite
        with _valeurs_liees_par_le_serveur():
            return list(jeu)

    def _preparer(self) -> tuple[QuerySet, SQLCompiler, str, list[_Place]]:
        lecture = self._construire()
        compilateur = lecture.query.get_compiler(connection.alias)
        sql, parametres = compilateur.as_sql()
        self._prete = (
            lecture,
            compilateur,
            _sans_les_constantes(sql, parametres),
            [valeur for valeur in parametres if isinstance(valeur, _Place)],
        )
        return self._prete


def _sans_les_constantes(sql: str, parametres: Any) -> str:
    """Écrit les constantes dans la requête : PostgreSQL choisit mieux ses index en les connaissant."""
    reste = iter(parametres)

    def ecrire(trouve: re.Match[str]) -> str:
        if trouve[0] == "%%" or isinstance(valeur := next(reste), _Place):
            return trouve[0]
        return connection.ops.compose_sql("%s", [valeur]).replace("%", "%%")

    return PLACES.sub(ecrire, sql)


class _CurseurPrepare(ServerBindingCursor):
    """Dit la requête exécutée comme le fait un curseur ordinaire : les journaux et les tests la lisent là."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> "_CurseurPrepare":
        super().execute(query, params, **options)
        self._query = self._query or SimpleNamespace(query=query.encode())
        return self


@contextmanager
def _valeurs_liees_par_le_serveur() -> Iterator[None]:
    """Les curseurs ouverts ici préparent leurs requêtes (`prepare_threshold`, dans les réglages)."""
    connection.ensure_connection()
    ouverte = connection.connection
    d_ordinaire, ouverte.cursor_factory = ouverte.cursor_factory, _CurseurPrepare
    try:
        yield
    finally:
        ouverte.cursor_factory = d_ordinaire
