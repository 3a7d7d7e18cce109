"""Poster, rappeler et faire partir les courriels (R25, F2).

Un courriel est une ligne posée dans la transaction du fait qu'il annonce. L'envoi se fait en deux temps :
la ligne est réservée (« en cours », validé), puis le message part dans une transaction qui tient un verrou
consultatif sur la ligne. Une ligne « en cours » dont le verrou est libre a perdu son ouvrier : elle repart,
avec le même `Message-ID`.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.dispatch import Signal
from django.template.loader import render_to_string
from django.utils import timezone

from courriers.expedition import Expediteur, ExpeditionRefusee
from courriers.models import Courriel
from courriers.rules import ESSAIS_MAXIMAUX, EtatCourriel, prochain_essai
from courriers.signals import courriel_abandonne, courriel_parti

journal = logging.getLogger(__name__)
ESPACE_DES_VERROUS = 71_265 << 40


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
    pieces: list[dict[str, Any]] | None = None,
) -> Courriel:
    """Pose un courriel dans la boîte d'envoi, une seule fois par `cle`.

    `cle` nomme le fait annoncé ; `gabarit` est le chemin sans suffixe d'un couple de gabarits `.txt` et
    `.html` ; `part_le` retarde le départ (R25) ; `pieces` vient de `courriers.pieces.a_fabriquer`.
    Lève `RuntimeError` hors transaction, `ValidationError` si l'adresse n'en est pas une.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Un courriel se poste dans la transaction du fait qu'il annonce.")
    validate_email(destinataire)
    courriel, _ = Courriel.objects.get_or_create(
        cle=cle,
        defaults={
            "nature": nature,
            "uai": uai,
            "destinataire": destinataire,
            "sujet": " ".join(sujet.split())[:200],
            "texte": render_to_string(f"{gabarit}.txt", contexte),
            "html": render_to_string(f"{gabarit}.html", contexte),
            "pieces": pieces or [],
            "poste_le": le,
            "prochain_essai_le": part_le or le,
        },
    )
    transaction.on_commit(_reveiller_l_atelier, robust=True)
    return courriel


def rappeler(courriels: Iterable[Courriel]) -> bool:
    """Rappelle des courriels pas encore partis ; tout ou rien. Rend faux si l'un est déjà parti."""
    cles = [courriel.pk for courriel in courriels]
    with transaction.atomic():
        lignes = list(Courriel.objects.select_for_update(of=("self",)).filter(pk__in=cles).order_by("pk"))
        if any(ligne.etat != EtatCourriel.A_ENVOYER for ligne in lignes):
            return False
        Courriel.objects.filter(pk__in=cles).update(etat=EtatCourriel.RAPPELE)
    return True


@transaction.atomic
def renvoyer(*, courriel: Courriel, destinataire: str, le: datetime) -> None:
    """Remet en file un courriel abandonné, à une adresse corrigée ou à la même.

    Lève `ValidationError` si l'adresse n'en est pas une ou si le courriel n'est pas abandonné.
    """
    validate_email(destinataire)
    ligne = Courriel.objects.select_for_update(of=("self",)).get(pk=courriel.pk)
    if ligne.etat != EtatCourriel.ABANDONNE:
        raise ValidationError("Seul un courriel non distribué peut être renvoyé.")
    ligne.destinataire = destinataire
    ligne.etat = EtatCourriel.A_ENVOYER
    ligne.tentatives = 0
    ligne.prochain_essai_le = le
    ligne.save(update_fields=["destinataire", "etat", "tentatives", "prochain_essai_le"])
    transaction.on_commit(_reveiller_l_atelier, robust=True)


def faire_partir_un_lot(expediteur: Expediteur, *, le: datetime, au_plus: int) -> int:
    """Envoie jusqu'à `au_plus` courriels dus à l'instant `le` ; rend le nombre de courriels traités."""
    for traites in range(au_plus):
        courriel = _reserver(le)
        if courriel is None:
            return traites
        _expedier(courriel, expediteur)
    return au_plus


def reprendre_les_interrompus() -> int:
    """Remet en file les courriels dont l'ouvrier a disparu ; rend leur nombre."""
    repris = 0
    for cle in Courriel.objects.en_cours().values_list("pk", flat=True):
        with transaction.atomic():
            if _verrouiller(cle):
                repris += Courriel.objects.en_cours().filter(pk=cle).update(etat=EtatCourriel.A_ENVOYER)
    return repris


@transaction.atomic
def _reserver(le: datetime) -> Courriel | None:
    courriel = Courriel.objects.dus(le).select_for_update(skip_locked=True).first()
    if courriel:
        courriel.etat = EtatCourriel.EN_COURS
        courriel.tentatives += 1
        courriel.save(update_fields=["etat", "tentatives"])
    return courriel


@transaction.atomic
def _expedier(courriel: Courriel, expediteur: Expediteur) -> None:
    if not _verrouiller(courriel.pk):
        return
    _laisser_le_temps_au_serveur()
    courriel.refresh_from_db(fields=["etat"])
    if courriel.etat != EtatCourriel.EN_COURS:
        return
    try:
        expediteur.expedier(courriel)
    except ExpeditionRefusee as refus:
        _noter_l_echec(courriel, refus)
    else:
        _noter_l_envoi(courriel)


def _noter_l_envoi(courriel: Courriel) -> None:
    courriel.etat = EtatCourriel.ENVOYE
    courriel.envoye_le = timezone.now()
    courriel.derniere_erreur = ""
    courriel.save(update_fields=["etat", "envoye_le", "derniere_erreur"])
    _annoncer(courriel_parti, courriel, courriel.envoye_le)


def _noter_l_echec(courriel: Courriel, refus: ExpeditionRefusee) -> None:
    maintenant = timezone.now()
    courriel.derniere_erreur = str(refus)[:500]
    abandon = refus.definitif or courriel.tentatives >= ESSAIS_MAXIMAUX
    courriel.etat = EtatCourriel.ABANDONNE if abandon else EtatCourriel.A_ENVOYER
    courriel.prochain_essai_le = prochain_essai(courriel.tentatives, maintenant)
    courriel.save(update_fields=["etat", "derniere_erreur", "prochain_essai_le"])
    if abandon:
        _annoncer(courriel_abandonne, courriel, maintenant)


def _annoncer(signal: Signal, courriel: Courriel, le: datetime) -> None:
    """Annonce un départ sans qu'un défaut des étages du dessus fasse oublier que le message est parti."""
    try:
        with transaction.atomic():
            signal.send(sender=Courriel, courriel=courriel, le=le)
    except Exception:
        journal.exception("Courriel %s : la suite de son envoi n'a pas pu être écrite.", courriel.pk)


def _laisser_le_temps_au_serveur() -> None:
    """Lève la limite d'inactivité de cette transaction : un serveur de messagerie peut être lent."""
    with connection.cursor() as curseur:
        curseur.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


def _verrouiller(cle: int) -> bool:
    """Prend, jusqu'à la fin de la transaction, le verrou consultatif de la ligne ; faux s'il est tenu ailleurs."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_try_advisory_xact_lock(%s)", [ESPACE_DES_VERROUS + cle])
        return bool(curseur.fetchone()[0])


def _reveiller_l_atelier() -> None:
    """Coup de coude : le balayage périodique est la garantie, ceci donne la promptitude."""
    from courriers.tasks import faire_partir_les_courriers

    faire_partir_les_courriers.apply_async(retry=False, ignore_result=True)
