"""Une lecture de l'ORM écrite une fois par processus, et préparée une fois par connexion.

Une requête que chaque page refait coûte plus à écrire, puis à planifier, qu'à exécuter. On la construit une fois, avec
des `Parametre` là où la valeur change ; ensuite seules les valeurs partent, et PostgreSQL garde son plan. Rien de ce
qui est lu n'est gardé.

    SESSIONS = LecturePreparee(lambda: Session.objects.filter(session_key=Parametre("cle", CharField())))
    SESSIONS.lire(cle="…")

Une lecture écrite par des fonctions qui attendent une vraie clé ou un vrai instant leur donne des témoins
(`clef_temoin`, `InstantTemoin`). Là où la requête les porte, `lire` met la valeur du moment.
"""

import re
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, NamedTuple, Self

from django.db import NotSupportedError, connection, connections
from django.db.models import BigIntegerField, DateTimeField, Field, QuerySet, Value
from django.db.models.expressions import Col
from django.db.models.sql.compiler import SQLCompiler
from psycopg.types.range import Range

from courriers.requetes_preparees import requetes_preparees

PLACES = re.compile("%[s%]")
UN_TEXTE = re.compile(r"varchar\([0-9]+\)")
CHACUNE = "SELECT chacune.clef, lue.* FROM unnest(%s::bigint[]) AS chacune (clef)"
PREMIERE_CLEF_TEMOIN = 2_147_480_000


@dataclass(frozen=True, slots=True)
class _Place:
    """Où va une valeur : son nom, son type, et ce qu'il faut ajouter à un instant."""

    nom: str
    champ: Field
    ecart: timedelta | None = None

    def valeur(self, valeurs: dict[str, Any], base: Any) -> Any:
        valeur = valeurs[self.nom]
        return self.champ.get_db_prep_value(valeur if self.ecart is None else valeur + self.ecart, base)


class _Prete(NamedTuple):
    """Une lecture écrite : ce qui n'est plus à refaire."""

    lecture: QuerySet
    compilateur: SQLCompiler
    sql: str
    places: list[_Place]
    convertisseurs: dict[int, Any]


def clef_temoin(rang: int) -> Any:
    """Une clé qu'aucune ligne ne porte : elle tient, dans la requête, la place de celle de chaque lecture.

    On la donne aussi là où une fonction attend l'objet, si elle n'en prend que la clé.
    """
    return PREMIERE_CLEF_TEMOIN + rang


class InstantTemoin(datetime):
    """Un instant qui, dans la requête, tient la place de celui de chaque lecture ; ajouter une durée reste possible.

    Tout ce qu'on en tire d'autre, un jour ou une heure, s'écrit dans la requête tel quel.
    """

    @classmethod
    def de(cls, instant: datetime) -> Self:
        return cls.fromisoformat(instant.isoformat())

    def astimezone(self, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.fromisoformat(self.isoformat()).astimezone(tz)

    def replace(self, *arguments: Any, **champs: Any) -> datetime:  # type: ignore[override]
        return datetime.fromisoformat(self.isoformat()).replace(*arguments, **champs)


class Parametre(Value):
    """Une valeur que chaque lecture donne, par son nom ; `champ` en dit le type."""

    def __init__(self, nom: str, champ: Field) -> None:
        super().__init__(nom, output_field=champ)
        self._place = _Place(nom, champ)

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self._place]


class LecturePreparee:
    """Ce que rend `construire`, qui ne dépend que de `Parametre` : ni de l'heure, ni d'une campagne, ni de personne.

    `temoins` nomme les clés et l'instant témoins que `construire` a donnés aux fonctions qui écrivent la requête.
    """

    def __init__(
        self, construire: Callable[[], QuerySet], temoins: dict[str, int | InstantTemoin] | None = None
    ) -> None:
        self._construire = construire
        self._temoins = temoins or {}
        self._prete: _Prete | None = None

    def lire(self, **valeurs: Any) -> list[Any]:
        """Les lignes, comme la requête les rendrait ; une valeur par `Parametre`."""
        return _sous_un_plan_valable(lambda: self._lire(valeurs))

    def _lire(self, valeurs: dict[str, Any]) -> list[Any]:
        prete = self._prete or self._preparer()
        # La connexion de ce fil, cherchée une fois : chaque mot à `connection` la cherche de nouveau.
        base = connections[connection.alias]
        parametres = [place.valeur(valeurs, base) for place in prete.places]
        deja_ecrite, jeu = copy(prete.compilateur), prete.lecture.all()
        deja_ecrite.connection = base
        deja_ecrite.as_sql = lambda *_, **__: (prete.sql, parametres)
        deja_ecrite.get_converters = lambda *_: prete.convertisseurs
        jeu.query.get_compiler = lambda *_, **__: deja_ecrite
        with requetes_preparees(base):
            jeu._result_cache = list(jeu._iterable_class(jeu))
        return list(jeu)

    def lire_pour_chacune(self, nom: str, clefs: Sequence[int], **valeurs: Any) -> list[tuple[Any, ...]]:
        """La même lecture pour chaque valeur de `nom`, toutes en une requête : la clé, puis les colonnes de la ligne,
        telles que la base les donne."""
        prete = self._prete or self._preparer()
        base, reste = connections[connection.alias], iter(prete.places)

        def ecrire(trouve: re.Match[str]) -> str:
            return "chacune.clef" if trouve[0] == "%s" and next(reste).nom == nom else trouve[0]

        requete = " ".join((CHACUNE, "CROSS JOIN LATERAL (", PLACES.sub(ecrire, prete.sql), ") AS lue"))
        parametres = [list(clefs), *(place.valeur(valeurs, base) for place in prete.places if place.nom != nom)]
        return _sous_un_plan_valable(lambda: _executer(base, requete, parametres))

    @property
    def sql(self) -> str:
        """La requête, telle que la base la prépare."""
        return (self._prete or self._preparer()).sql

    def _preparer(self) -> "_Prete":
        lecture = self._construire()
        compilateur = lecture.query.get_compiler(connection.alias)
        sql, parametres = compilateur.as_sql()
        sql = _sans_les_largeurs(sql, compilateur)
        valeurs = [self._placer(valeur) or valeur for valeur in parametres]
        places = [valeur for valeur in valeurs if isinstance(valeur, _Place)]
        convertisseurs = compilateur.get_converters([lue[0] for lue in compilateur.select[: compilateur.col_count]])
        self._prete = _Prete(lecture, compilateur, _sans_les_constantes(sql, valeurs), places, convertisseurs)
        return self._prete

    def _placer(self, valeur: Any) -> _Place | None:
        """La place d'une valeur qui change ; `None` pour une constante."""
        if isinstance(valeur, InstantTemoin):
            nom, temoin = next((nom, t) for nom, t in self._temoins.items() if isinstance(t, InstantTemoin))
            return _Place(nom, DateTimeField(), ecart=valeur - temoin)
        if isinstance(valeur, int) and valeur >= PREMIERE_CLEF_TEMOIN:
            return next((_Place(nom, BigIntegerField()) for nom, t in self._temoins.items() if t == valeur), None)
        if isinstance(valeur, Range) and any(
            isinstance(borne, InstantTemoin) for borne in (valeur.lower, valeur.upper)
        ):
            raise TypeError("Une période ne porte pas d’instant témoin\u00a0: comparez ses bornes.")
        return None


def _sous_un_plan_valable(lire: Callable[[], list[Any]]) -> list[Any]:
    try:
        return lire()
    except NotSupportedError:
        # Une migration vient de changer le type d'une colonne, sans seulement élargir un texte : PostgreSQL refuse le
        # plan d'avant tant que vit la connexion. Une transaction, elle, est perdue : psycopg en oublie ses plans.
        if connection.in_atomic_block:
            raise
        with connection.cursor() as curseur:
            curseur.execute("DEALLOCATE ALL")
        return lire()


def _executer(base: Any, requete: str, parametres: list[Any]) -> list[Any]:
    with requetes_preparees(base), base.cursor() as curseur:
        curseur.execute(requete, parametres)
        return curseur.fetchall()


def _sans_les_largeurs(sql: str, compilateur: SQLCompiler) -> str:
    """Lit chaque colonne `varchar(80)` comme un texte : une migration qui l'élargit ne change plus ce que rend le plan.

    Cela ne coûte rien à la base. Une lecture de lignes distinctes trie par ses colonnes telles qu'elles sont écrites.
    """
    if compilateur.query.distinct:
        return sql
    ecrites, elargies = [], []
    for expression, (colonne, _), alias in compilateur.select:
        nom = f" AS {compilateur.connection.ops.quote_name(alias)}" if alias else ""
        bornee = isinstance(expression, Col) and UN_TEXTE.fullmatch(expression.output_field.db_type(connection) or "")
        ecrites.append(f"{colonne}{nom}")
        elargies.append(f"{colonne}::text{nom}" if bornee else f"{colonne}{nom}")
    debut = ", ".join(ecrites)
    lisible = sql.removeprefix("SELECT ").startswith(debut)
    return sql.replace(debut, ", ".join(elargies), 1) if lisible else sql


def _sans_les_constantes(sql: str, valeurs: list[Any]) -> str:
    """Écrit les constantes dans la requête : PostgreSQL choisit mieux ses index en les connaissant."""
    reste = iter(valeurs)

    def ecrire(trouve: re.Match[str]) -> str:
        if trouve[0] == "%%":
            return trouve[0]
        valeur = next(reste)
        if isinstance(valeur, _Place):
            return f"%s::{valeur.champ.db_type(connection)}"
        return connection.ops.compose_sql("%s", [valeur]).replace("%", "%%")

    return PLACES.sub(ecrire, sql)
