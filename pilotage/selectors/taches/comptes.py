"""La requête qui compte toutes les tâches d'une page : seize lectures imbriquées, plus longues à écrire qu'à exécuter.

Elle ne dépend que des tâches montrées, des règles de la campagne et du jour : on l'écrit une fois pour ceux-là, avec
des témoins à la place de la campagne, de l'établissement et de l'instant. Aucun nombre n'est gardé.
"""

import json
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime, time
from operator import ge, gt, le, lt
from typing import Any

from django.db.models import DateTimeField, F, JSONField, Model, Subquery, Value

from comptes.lectures_preparees import InstantTemoin, LecturePreparee, clef_temoin
from referentiel.models import Campagne
from referentiel.rules.dates import PARIS, jour_de

CLEFS = {nom: clef_temoin(rang) for rang, nom in enumerate(("campagne", "regles", "academie", "etablissement"))}
# Assez pour les trois espaces de chaque académie et leurs rôles ; au-delà, on récrit.
LECTURES_AU_PLUS = 128
_lectures: dict[tuple, LecturePreparee] = {}


class _Compte(Subquery):
    """Nombre de lignes d'une requête, et le plus petit de leurs instants : tous deux lus du même parcours."""

    template = "(SELECT jsonb_build_array(COUNT(*), MIN(lignes.instant)) FROM (%(subquery)s) AS lignes)"
    output_field = JSONField()
    empty_result_set_value = "[0, null]"


def comptes_de(taches: Sequence[Any], ou: Any) -> dict[str, Subquery]:
    """Les comptes de ces tâches, à poser dans une requête, par rang : `compte_0`, `compte_1`…"""
    comptes: dict[str, Subquery] = {}
    for rang, tache in enumerate(taches):
        instant = F(tache.ordre) if tache.ordre else Value(None, output_field=DateTimeField())
        comptes[f"compte_{rang}"] = _Compte(tache.lignes(ou).order_by().values("pk", instant=instant))
    return comptes


def lire_les_comptes(taches: Sequence[Any], ou: Any) -> dict[str, Any]:
    """Par rang de tâche, `compte_0` (nombre et premier instant) et, s'il y en a une, `mesure_0`."""
    campagne = ou.campagne
    (lu,) = _lecture(taches, ou).lire(
        campagne=campagne.pk,
        regles=campagne.regles.pk,
        academie=campagne.academie_id,
        etablissement=ou.etablissement_id,
        le=ou.le,
    )
    return lu


def compter_en_chacun(taches: Sequence[Any], ou: Any, etablissements: Sequence[int]) -> dict[int, int]:
    """Combien de ces tâches ont une ligne dans chaque établissement, en une requête ; `ou` dit le reste."""
    campagne = ou.campagne
    lignes = _lecture(taches, ou).lire_pour_chacune(
        "etablissement",
        etablissements,
        campagne=campagne.pk,
        regles=campagne.regles.pk,
        academie=campagne.academie_id,
        le=ou.le,
    )
    return {clef: sum(1 for compte in comptes[: len(taches)] if json.loads(compte)[0]) for clef, *comptes in lignes}


def _lecture(taches: Sequence[Any], ou: Any) -> LecturePreparee:
    cle = (tuple(taches), jour_de(ou.le), *_ce_qui_decide(ou.campagne))
    lecture = _lectures.get(cle)
    if lecture is None:
        if len(_lectures) >= LECTURES_AU_PLUS:
            _lectures.clear()
        lecture = _lectures[cle] = _ecrire(taches, ou)
    return lecture


def _ce_qui_decide(campagne: Campagne) -> tuple:
    """Tout ce que les tâches regardent de la campagne : une règle changée fait écrire une autre requête."""
    periodes = tuple((periode.nature, periode.debut, periode.fin) for periode in campagne.periodes.all())
    return _valeurs(campagne), _valeurs(campagne.regles), periodes


def _valeurs(objet: Model) -> tuple:
    valeurs = (getattr(objet, champ.attname) for champ in objet._meta.concrete_fields)
    return tuple(tuple(valeur) if isinstance(valeur, list) else valeur for valeur in valeurs)


def _ecrire(taches: Sequence[Any], ou: Any) -> LecturePreparee:
    le = _Instant.de(ou.le)
    temoin = replace(
        ou, campagne=_campagne_temoin(ou.campagne), etablissement_id=CLEFS["etablissement"], place=None, le=le
    )
    mesures = comptes_de(taches, temoin)
    mesures |= {f"mesure_{rang}": Subquery(tache.mesure(temoin)) for rang, tache in enumerate(taches) if tache.mesure}
    lecture = Campagne.objects.filter(pk=CLEFS["campagne"]).values(**mesures)
    return LecturePreparee(lambda: lecture, CLEFS | {"le": le})


def _campagne_temoin(campagne: Campagne) -> Campagne:
    temoin, regles, academie = copy(campagne), copy(campagne.regles), copy(campagne.academie)
    temoin.pk, regles.pk, academie.pk = CLEFS["campagne"], CLEFS["regles"], CLEFS["academie"]
    temoin.academie = academie
    temoin._state.fields_cache["regles"] = regles
    return temoin


class _Instant(InstantTemoin):
    """Ne se compare, hors de la requête, qu'au début d'un jour : la réponse vaut alors pour tout le jour."""

    def _au_jour_pres(self, autre: Any, comparer: Callable[[Any, Any], bool]) -> bool:
        if isinstance(autre, datetime) and autre.astimezone(PARIS).time() != time.min:
            raise TypeError("Une tâche se décide au jour près\u00a0: comparez l’instant dans la requête.")
        return comparer(datetime.fromisoformat(self.isoformat()), autre)

    def __lt__(self, autre: Any) -> bool:
        return self._au_jour_pres(autre, lt)

    def __le__(self, autre: Any) -> bool:
        return self._au_jour_pres(autre, le)

    def __gt__(self, autre: Any) -> bool:
        return self._au_jour_pres(autre, gt)

    def __ge__(self, autre: Any) -> bool:
        return self._au_jour_pres(autre, ge)
