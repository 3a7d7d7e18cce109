"""La campagne que montre une page, lue d'un coup : règles, calendrier, dérogations, années closes, annonces.

Une requête, préparée : chaque page la refait, et voit à l'instant ce que le SAIO vient de changer.
"""

from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BigIntegerField,
    CharField,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    PositiveSmallIntegerField,
    QuerySet,
)
from django.db.models.functions import Coalesce, JSONObject

from comptes.lectures_preparees import LecturePreparee, Parametre
from referentiel.models import Academie, Campagne, Etablissement, MotARappeler, Periode


def campagne_de(
    academie: Academie, *, le: datetime, annee: int | None = None, etablissement: Etablissement | None = None
) -> Campagne | None:
    """La campagne courante de `academie`, ou celle de `annee`, avec les délais accordés à `etablissement` (R1, R4)."""
    pour_qui = etablissement.pk if etablissement else None
    return _premiere(COURANTES.lire(academie=academie.pk, annee=annee, etablissement=pour_qui, le=le))


def campagne_a_montrer(code: str = "", *, le: datetime, annee: int | None = None) -> Campagne | None:
    """La campagne qu'une page ouverte à tous montre : celle de l'académie de ce code, ou de la première académie."""
    if code:
        return _premiere(D_UNE_ACADEMIE.lire(code=code, annee=annee, le=le))
    return _premiere(DE_LA_PREMIERE.lire(annee=annee, le=le))


def mots_a_rappeler(campagne: Campagne) -> list[str]:
    """Les mots que la procédure écarte, dans l'ordre de la campagne : chaque page où l'on rédige les donne (R31b)."""
    return MOTS.lire(campagne=campagne.pk)


def _premiere(lues: list[Campagne]) -> Campagne | None:
    if not lues:
        return None
    campagne: Any = lues[0]
    periodes: Any = Periode.objects.none()
    periodes._result_cache = [_periode(campagne, lue) for lue in campagne.periodes_lues]
    campagne._prefetched_objects_cache = {"periodes": periodes}
    return campagne


def _periode(campagne: Campagne, lue: dict[str, Any]) -> Periode:
    bornes = [date.fromisoformat(lue[nom]) if lue[nom] else None for nom in ("debut", "fin")]
    return Periode.from_db(
        None, ("id", "campagne_id", "nature", "debut", "fin"), (lue["id"], campagne.pk, lue["nature"], *bornes)
    )


def _avec_ses_periodes(campagnes: QuerySet[Campagne]) -> QuerySet[Campagne]:
    periodes = Periode.objects.filter(campagne=OuterRef("pk")).order_by("debut", "fin")
    champs = {champ: champ for champ in ("id", "nature", "debut", "fin")}
    return campagnes.prefetch_related(None).annotate(
        periodes_lues=ArraySubquery(periodes.values_list(JSONObject(**champs)))
    )[:1]


def _de_l_annee_voulue() -> QuerySet[Campagne]:
    """Les campagnes de l'année dite ; toutes, si elle ne l'est pas."""
    annee = Coalesce(Parametre("annee", PositiveSmallIntegerField()), F("annee"))
    return Campagne.objects.filter(annee=annee).avec_annonces(Parametre("le", DateTimeField()))


def _academies() -> QuerySet[Academie]:
    """Académies qui ont une campagne à montrer."""
    annee = Coalesce(Parametre("annee", PositiveSmallIntegerField()), F("annee"))
    publiees = Campagne.objects.filter(academie=OuterRef("pk"), annee=annee).exclude(etat=Campagne.Etat.PREPARATION)
    return Academie.objects.filter(Exists(publiees))


ACADEMIES = LecturePreparee(_academies)
COURANTES = LecturePreparee(
    lambda: _avec_ses_periodes(
        _de_l_annee_voulue()
        .avec_ses_abords(Parametre("etablissement", BigIntegerField()))
        .filter(academie=Parametre("academie", BigIntegerField()))
        .publiees()
    )
)
D_UNE_ACADEMIE = LecturePreparee(
    lambda: _avec_ses_periodes(_de_l_annee_voulue().filter(academie__code=Parametre("code", CharField())).publiees())
)
MOTS = LecturePreparee(
    lambda: MotARappeler.objects.filter(campagne=Parametre("campagne", BigIntegerField())).values_list("mot", flat=True)
)
DE_LA_PREMIERE = LecturePreparee(lambda: _avec_ses_periodes(_de_l_annee_voulue().de_la_premiere_academie()))
