"""Compter ce qu'une adresse ou une personne essaie, et l'arrêter à temps (T6)."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.crypto import salted_hmac

from comptes.models import Tentative
from comptes.rules import ATTENTE, Limite, RefusDeCompte


class TropDEssais(RefusDeCompte):
    """La limite est atteinte : rien de plus avant `ATTENTE`."""

    def __init__(self) -> None:
        super().__init__("Trop de demandes. Patientez 15\u00a0minutes avant de réessayer.")


def est_limite(*, limite: Limite, cle: str, le: datetime) -> bool:
    """Vrai si `cle` (une adresse, un courriel, une personne) a épuisé ses essais."""
    recentes = Tentative.objects.filter(empreinte=_empreinte(limite, cle), le__gt=le - ATTENTE)
    return recentes.count() >= limite.au_plus


@transaction.atomic
def noter_une_tentative(*, limite: Limite, cle: str, le: datetime) -> None:
    """Compte un essai de `cle`."""
    Tentative.objects.create(empreinte=_empreinte(limite, cle), le=le)


def exiger_des_essais(*, limite: Limite, cle: str, le: datetime) -> None:
    """Lève `TropDEssais` si `cle` n'a plus d'essai ; ne compte rien."""
    if est_limite(limite=limite, cle=cle, le=le):
        raise TropDEssais


@transaction.atomic
def limiter(*, limite: Limite, cle: str, le: datetime) -> None:
    """Compte un essai de `cle`. Lève `TropDEssais` s'il est de trop, même parmi des essais simultanés."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [_empreinte(limite, cle)])
    exiger_des_essais(limite=limite, cle=cle, le=le)
    noter_une_tentative(limite=limite, cle=cle, le=le)


@transaction.atomic
def oublier_les_tentatives(*, le: datetime, depuis: timedelta = ATTENTE) -> int:
    """Efface les tentatives qui ne comptent plus ; rend leur nombre."""
    return Tentative.objects.filter(le__lte=le - depuis).delete()[0]


def _empreinte(limite: Limite, cle: str) -> str:
    """De quoi reconnaître une adresse, pas de quoi la lire."""
    return salted_hmac("comptes.limites", f"{limite.geste}:{cle}", algorithm="sha256").hexdigest()
