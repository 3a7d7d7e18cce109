"""Ce qu'un mot cherché trouve dans le catalogue (R9)."""

from functools import reduce
from operator import add, or_

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import models
from django.db.models import Q
from django.db.models.functions import Concat
from django.db.models.lookups import GreaterThanOrEqual

from referentiel.models.catalogue.domaines import Formation
from referentiel.models.etablissements import Etablissement
from referentiel.rules.recherche import RESSEMBLANCE, Mot, Recherche


def contient(mot: Mot) -> Q:
    """Le mot est dans la formation, le domaine ou le lieu."""
    formations = Formation.objects.filter(
        Q(recherche__contains=mot.racine) | Q(domaine__slug__contains=mot.racine),
    )
    return _de(formations, Etablissement.objects.filter(recherche__contains=mot.racine))


def ressemble(mot: Mot) -> Q:
    """Un mot de la formation, du domaine ou du lieu ressemble à celui-ci.

    Les établissements se comptent par milliers : l'index les cherche, au seuil de PostgreSQL (0,6).
    """
    proches = (
        Q(GreaterThanOrEqual(TrigramWordSimilarity(mot.cle, cle), RESSEMBLANCE))
        for cle in ("recherche", "domaine__slug")
    )
    formations = Formation.objects.filter(reduce(or_, proches))
    return _de(formations, Etablissement.objects.filter(recherche__trigram_word_similar=mot.cle))


def _de(formations: models.QuerySet, etablissements: models.QuerySet) -> Q:
    """Offres de l'une de ces formations ou de l'un de ces établissements, chacune cherchée dans sa table."""
    formations, etablissements = formations.order_by().values("pk"), etablissements.order_by().values("pk")
    return Q(formation__in=formations) | Q(etablissement__in=etablissements)


def pertinence(recherche: Recherche, cle: str) -> models.expressions.Combinable:
    """Nombre de mots cherchés qui commencent un mot de la clé, et ressemblance de ceux que l'on approche."""
    debuts = (
        models.Case(models.When(**{f"{cle}__regex": _debut_de_mot(mot.racine)}, then=1.0), default=0.0)
        for mot in recherche.exacts
    )
    return reduce(add, (*debuts, *(TrigramWordSimilarity(mot.cle, cle) for mot in recherche.approches)))


def _debut_de_mot(racine: str | models.Value) -> str | models.Func:
    return Concat(models.Value(r"\m"), racine) if isinstance(racine, models.Value) else rf"\m{racine}"
