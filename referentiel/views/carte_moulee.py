"""La carte des résultats, dessinée une fois par répartition : chaque visite la remontre.

Ce qui se dessine est relu à chaque page et désigne le moule ; les adresses, où se lit ce qui est cherché, n'y sont pas.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from django.utils.safestring import SafeString

from referentiel.carte import Point, Ville, dessiner
from referentiel.moules import MOULES_GARDES, Moule, repere

EN_LETTRES = str.maketrans("0123456789", "abcdefghij")


class CarteMoulee(NamedTuple):
    """De quoi écrire la carte : son cadre et ses traits."""

    cadre: str
    dessin: SafeString


def rendre_la_carte(territoires: Iterable[Sequence[Point]], villes: Sequence[Ville]) -> CarteMoulee | None:
    """La carte de `referentiel.carte.dessiner`."""
    places = tuple((ville.nom, ville.latitude, ville.longitude, ville.nombre) for ville in villes)
    carte = _moule(tuple(map(tuple, territoires)), places)
    if carte is None:
        return None
    cadre, dessin = carte
    return CarteMoulee(cadre, dessin.remplir(**{_nom(rang): ville.url for rang, ville in enumerate(villes)}))


@lru_cache(MOULES_GARDES)
def _moule(
    territoires: tuple[tuple[Point, ...], ...], places: tuple[tuple[str, float, float, int], ...]
) -> tuple[str, Moule] | None:
    carte = dessiner(territoires, [Ville(*place, url=repere(_nom(rang))) for rang, place in enumerate(places)])
    return (carte.cadre, Moule(carte.dessin)) if carte else None


def _nom(rang: int) -> str:
    """Le nom de l'adresse d'une ville : un repère n'a que des lettres."""
    return str(rang).translate(EN_LETTRES)
