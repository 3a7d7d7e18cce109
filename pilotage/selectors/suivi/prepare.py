"""Les lectures du suivi, écrites une fois par jour et par filtre : les bâtir coûterait autant qu'un petit compte.

Aucun chiffre n'est gardé : la campagne et l'instant sont ceux de chaque lecture.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet

from comptes.lectures_preparees import InstantTemoin, LecturePreparee, clef_temoin
from pilotage.selectors.suivi.champ import Champ
from referentiel.rules.dates import debut_du_jour, jour_de

CAMPAGNE = clef_temoin(0)
LECTURES_GARDEES = 64
Lecture = Callable[[Champ], QuerySet]


def lire(lecture: Lecture, champ: Champ) -> list[Any]:
    """Ce que rend `lecture`, qui ne regarde de la campagne que sa clé et son année, de l'instant que son jour."""
    campagne = copy(champ.campagne)
    campagne.pk = CAMPAGNE
    temoin = replace(champ, campagne=campagne, le=InstantTemoin.de(debut_du_jour(jour_de(champ.le))))
    preparee = _preparee(lecture, temoin, champ.campagne.annee)
    return preparee.lire(campagne=champ.campagne.pk, le=champ.le)


@lru_cache(LECTURES_GARDEES)
def _preparee(lecture: Lecture, temoin: Champ, annee: int) -> LecturePreparee:
    """`annee` distingue deux campagnes : leurs témoins sont égaux."""
    return LecturePreparee(lambda: lecture(temoin), {"campagne": CAMPAGNE, "le": temoin.le})  # type: ignore[dict-item]
