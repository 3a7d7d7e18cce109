"""L'ordre alphabétique français : « Ébénisterie » après « Eau », et non après « Zinguerie ».

Selon son installation, la base range au rang des octets, et n'a pas toujours de collation française. Chaque nom qui
range une liste garde donc sa clé, sans accents ni capitales, que la base calcule elle-même.

Une migration qui élargit un de ces noms retire d'abord sa clé, puis la remet : PostgreSQL ne change pas le type d'une
colonne dont une autre dépend.
"""

from typing import Any

from django.db import models
from django.db.models import Func

ACCENTUEES = "ÀÁÂÃÄÅàáâãäåÇçÈÉÊËèéêëÌÍÎÏìíîïÑñÒÓÔÕÖòóôõöÙÚÛÜùúûüÝŸýÿ-'’\u00a0"
SIMPLES = "aaaaaaaaaaaacceeeeeeeeiiiiiiiinnoooooooooouuuuuuuuyyyy    "


class CleAlphabetique(Func):
    """Un ou plusieurs textes, l'un après l'autre, sans accents ni capitales."""

    arg_joiner = " || ' ' || "
    template = (
        "lower(translate(replace(replace(replace(replace((%(expressions)s),"
        " 'œ', 'oe'), 'Œ', 'oe'), 'æ', 'ae'), 'Æ', 'ae'),"
        f" '{ACCENTUEES.replace(chr(39), chr(39) * 2)}', '{SIMPLES}'))"
    )


def cle_alphabetique(*champs: str) -> Any:
    """Le champ qui garde la clé de ces champs ; la même partout, quelle que soit la collation de la base."""
    return models.GeneratedField(
        expression=CleAlphabetique(*champs), output_field=models.TextField(db_collation="C"), db_persist=True
    )
