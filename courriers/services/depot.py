"""Poser un courriel dans la boîte d'envoi, dans la transaction du fait qu'il annonce (R25, F2)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from celery import current_app
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.template.loader import render_to_string

from courriers.models import Courriel

TACHE_D_ENVOI = "courriers.tasks.faire_partir_les_courriers"


def poster(
    *,
    cle: str,
    nature: str,
    destinataire: str,
    sujet: str,
    gabarit: str,
    contexte: dict[str, Any],
    le: datetime,
    part_le: datetime | None = None,
    uai: str = "",
    academie: int | None = None,
    pieces: list[dict[str, Any]] | None = None,
) -> Courriel:
    """Pose un courriel dans la boîte d'envoi, une seule fois par `cle`.

    `cle` nomme le fait annoncé ; `gabarit` est le chemin sans suffixe d'un couple de gabarits `.txt` et
    `.html` ; `part_le` retarde le départ (R25) ; `uai` et `academie` disent l'établissement concerné et la clé
    de l'académie dont le SAIO le suit ; `pieces` vient de `courriers.pieces.a_fabriquer`.
    Lève `RuntimeError` hors transaction, `ValidationError` si l'adresse n'en est pas une.
    """
    envoi = {"cle": cle, "nature": nature, "destinataire": destinataire, "sujet": sujet, "gabarit": gabarit}
    suite = {"contexte": contexte, "part_le": part_le, "uai": uai, "academie": academie, "pieces": pieces}
    [courriel] = poster_plusieurs([envoi | suite], le=le)
    return courriel


def poster_plusieurs(envois: Sequence[dict[str, Any]], *, le: datetime) -> list[Courriel]:
    """Pose plusieurs courriels en trois requêtes ; chaque envoi a les arguments de `poster`, sauf `le`.

    Rend les courriels dans l'ordre des envois, ceux qui étaient déjà posés compris. Lève comme `poster`.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Un courriel se poste dans la transaction du fait qu'il annonce.")
    cles = [envoi["cle"] for envoi in envois]
    deja = set(Courriel.objects.filter(cle__in=cles).values_list("cle", flat=True))
    nouveaux = [_preparer(**envoi, le=le) for envoi in envois if envoi["cle"] not in deja]
    Courriel.objects.bulk_create(nouveaux, ignore_conflicts=True)
    reveiller_l_atelier_une_fois_valide()
    poses = Courriel.objects.in_bulk(cles, field_name="cle")
    return [poses[cle] for cle in cles]


def est_une_adresse(adresse: str) -> bool:
    """Vrai si `poster` accepte cette adresse."""
    try:
        validate_email(adresse)
    except ValidationError:
        return False
    return True


def _preparer(
    *,
    cle: str,
    nature: str,
    destinataire: str,
    sujet: str,
    gabarit: str,
    contexte: dict[str, Any],
    le: datetime,
    part_le: datetime | None = None,
    uai: str = "",
    academie: int | None = None,
    pieces: list[dict[str, Any]] | None = None,
) -> Courriel:
    validate_email(destinataire)
    return Courriel(
        cle=cle,
        nature=nature,
        uai=uai,
        academie=academie,
        destinataire=destinataire,
        sujet=" ".join(sujet.split())[:200],
        texte=render_to_string(f"{gabarit}.txt", contexte, using="texte"),
        html=render_to_string(f"{gabarit}.html", contexte, using="html"),
        pieces=pieces or [],
        poste_le=le,
        prochain_essai_le=part_le or le,
    )


def reveiller_l_atelier_une_fois_valide() -> None:
    """Prévoit un seul réveil par transaction, quel que soit le nombre de courriels qu'elle poste."""
    if not any(rappel[1] is _reveiller_l_atelier for rappel in connection.run_on_commit):
        transaction.on_commit(_reveiller_l_atelier, robust=True)


def _reveiller_l_atelier() -> None:
    """Coup de coude : le balayage périodique est la garantie, ceci donne la promptitude."""
    current_app.send_task(TACHE_D_ENVOI, retry=False, ignore_result=True)
