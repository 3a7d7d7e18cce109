"""Ce qu'une lecture préparée sait filtrer de longueur variable : des clés, des textes, les mots d'une recherche.

`__in` et `cherche` écrivent une condition par valeur, donc une requête par nombre de valeurs ; un tableau, une seule.
Les domaines d'une campagne se lisent aussi en un tableau : la base va alors droit à leurs lignes par un index, là où
une jointure lui fait lire celles de toutes les campagnes.
"""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import BigIntegerField, F, Lookup, TextField
from django.db.models.sql.compiler import SQLCompiler

from comptes.lectures_preparees import Parametre
from referentiel.models import Campagne, Domaine
from referentiel.rules.identifiants import cle_de_recherche


class _Parmi(Lookup):
    """Vrai d'une valeur égale à l'une de celles d'un tableau."""

    lookup_name = "parmi"
    prepare_rhs = False
    operateur = "= ANY"

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, list[Any]]:
        gauche, parametres = self.process_lhs(compiler, connection)
        droite, autres = self.process_rhs(compiler, connection)
        return f"{gauche} {self.operateur}({droite})", [*parametres, *autres]


class _CommeTous(_Parmi):
    """Vrai d'un texte qui ressemble à chacun des motifs d'un tableau ; vrai si le tableau est vide."""

    lookup_name = "comme_tous"
    operateur = "LIKE ALL"


class _Comme(_Parmi):
    """Vrai d'un texte qui ressemble à un motif."""

    lookup_name = "comme"
    operateur = "LIKE "


def parmi(champ: str, cles: str) -> _Parmi:
    """Condition d'une lecture préparée : `champ` est l'une des clés du paramètre `cles`."""
    return _Parmi(F(champ), Parametre(cles, ArrayField(BigIntegerField())))


def de_la_campagne(domaine: str, campagne: Campagne) -> _Parmi:
    """Condition de toute lecture : le champ `domaine` en est un de la campagne."""
    return _Parmi(F(domaine), ArraySubquery(Domaine.objects.filter(campagne=campagne).order_by().values("pk")))


def parmi_les_textes(champ: str, textes: str) -> _Parmi:
    """Condition d'une lecture préparée : `champ` est l'un des textes du paramètre `textes`."""
    return _Parmi(F(champ), Parametre(textes, ArrayField(TextField())))


def contient_les_mots(champ: str, motifs: str) -> _CommeTous:
    """Condition d'une lecture préparée : `champ` contient chaque mot du paramètre `motifs` (`motifs_de`)."""
    return _CommeTous(F(champ), Parametre(motifs, ArrayField(TextField())))


def ressemble(champ: str, motif: str) -> _Comme:
    """Condition d'une lecture préparée : `champ` ressemble au paramètre `motif`, un seul : son index sert."""
    return _Comme(F(champ), Parametre(motif, TextField()))


def motifs_de(texte: str) -> list[str]:
    """Motifs des mots d'une recherche, sans égard aux accents ni à la casse."""
    return [f"%{connection.ops.prep_for_like_query(mot)}%" for mot in cle_de_recherche(texte).split()]
