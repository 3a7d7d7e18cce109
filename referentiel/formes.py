"""Un morceau de page rendu une fois par forme ; chaque page y met ses textes, échappés.

La forme d'un contexte est ce qui en reste une fois ses textes ôtés : les drapeaux, le nombre de liens, lequel est
courant. Avec la racine des adresses, elle seule désigne un moule : un nom, un jeton, l'adresse d'un établissement n'y
sont jamais gardés.

Le gabarit ne sait d'un texte que l'écrire, ou demander s'il est vide.
"""

from collections.abc import Hashable, Iterator, Mapping
from functools import lru_cache
from itertools import product
from string import ascii_lowercase
from typing import Any

from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.safestring import SafeString

from referentiel.moules import Moule, repere

MOULES_GARDES = 256
# Le nom de chaque texte d'un contexte, dans l'ordre où on les rencontre.
NOMS = tuple(map("".join, product(ascii_lowercase, repeat=2)))
# La place d'un texte, d'une table ou d'une suite dans une forme.
TEXTE, TABLE, SUITE = "texte", "table", "suite"


def mouler(gabarit: str, contexte: Mapping[str, Any]) -> SafeString:
    """Le gabarit rendu : tables, suites, textes et drapeaux seulement dans `contexte`."""
    textes: list[str] = []
    moule = _moule(gabarit, get_script_prefix(), _forme(contexte, textes))
    return moule.remplir(**dict(zip(NOMS, textes, strict=False)))


@lru_cache(MOULES_GARDES)
def _moule(gabarit: str, racine: str, forme: Any) -> Moule:
    """Le moule d'une forme ; `racine` est celle des adresses que le gabarit écrit."""
    return Moule(render_to_string(gabarit, _contexte(forme, iter(NOMS))))


def _forme(valeur: Any, textes: list[str]) -> Hashable:
    """Ce qui reste de `valeur` sans ses textes, ajoutés à `textes`."""
    if isinstance(valeur, str) and valeur:
        textes.append(valeur)
        return TEXTE
    if isinstance(valeur, Mapping):
        return TABLE, *((nom, _forme(sienne, textes)) for nom, sienne in valeur.items())
    if isinstance(valeur, list | tuple):
        return SUITE, *(_forme(sienne, textes) for sienne in valeur)
    if valeur is None or isinstance(valeur, str | bool):
        return valeur
    raise TypeError(f"Ni texte ni drapeau\u00a0: {type(valeur).__name__}.")


def _contexte(forme: Any, noms: Iterator[str]) -> Any:
    """Une valeur de cette forme, un repère à la place de chaque texte."""
    if forme == TEXTE:
        return repere(next(noms))
    if not isinstance(forme, tuple):
        return forme
    sorte, *parties = forme
    if sorte == TABLE:
        return {nom: _contexte(sienne, noms) for nom, sienne in parties}
    return [_contexte(sienne, noms) for sienne in parties]
