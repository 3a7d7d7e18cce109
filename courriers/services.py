"""Poster, rappeler et faire partir les courriels (R25, F2).

Un courriel est une ligne posée dans la transaction du fait qu'il annonce. L'envoi se fait en deux temps :
la ligne est réservée (« en cours », validé), puis le message part dans une transaction qui tient un verrou
consultatif sur la ligne. Une ligne « en cours » dont le verrou est libre a perdu son ouvrier : elle repart,
avec le même `Message-ID`.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from celery import current_app
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.dispatch import Signal
from django.template.loader import render_to_string

from courriers.expedition import Expediteur, ExpeditionRefusee
from courriers.models import Courriel
from courriers.rules import ESSAIS_MAXIMAUX, EtatCourriel, prochain_essai
from courriers.signals import courriel_abandonne, courriel_parti

journal = logging.getLogger(__name__)
TACHE_D_ENVOI = "courriers.tasks.faire_partir_les_courriers"
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
    envoi = {"cle": cle, "nature": nature, "destinataire": destinataire, "sujet": sujet, "gabarit": gabarit}
    suite = {"contexte": contexte, "part_le": part_le, "uai": uai, "pieces": pieces}
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
    _reveiller_l_atelier_une_fois_valide()
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
    pieces: list[dict[str, Any]] | None = None,
) -> Courriel:
    validate_email(destinataire)
    return Courriel(
        cle=cle,
        nature=nature,
        uai=uai,
        destinataire=destinataire,
        sujet=" ".join(sujet.split())[:200],
        texte=render_to_string(f"{gabarit}.txt", contexte, using="texte"),
        html=render_to_string(f"{gabarit}.html", contexte, using="html"),
        pieces=pieces or [],
        poste_le=le,
        prochain_essai_le=part_le or le,
    )


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
def remettre_en_file(*, cles: Iterable[str], part_le: datetime) -> int:
    """Fait repartir des courriels rappelés avant leur départ, redevenus justes ; rend leur nombre."""
    rappeles = Courriel.objects.filter(cle__in=list(cles), etat=EtatCourriel.RAPPELE)
    return rappeles.update(etat=EtatCourriel.A_ENVOYER, prochain_essai_le=part_le)


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
    _reveiller_l_atelier_une_fois_valide()


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
        _noter_l_echec(courriel, refus, expediteur.maintenant())
    else:
        _noter_l_envoi(courriel, expediteur.maintenant())


def _noter_l_envoi(courriel: Courriel, le: datetime) -> None:
    courriel.etat = EtatCourriel.ENVOYE
    courriel.envoye_le = le
    courriel.derniere_erreur = ""
    courriel.save(update_fields=["etat", "envoye_le", "derniere_erreur"])
    _annoncer(courriel_parti, courriel, le)


def _noter_l_echec(courriel: Courriel, refus: ExpeditionRefusee, le: datetime) -> None:
    courriel.derniere_erreur = str(refus)[:500]
    abandon = refus.definitif or courriel.tentatives >= ESSAIS_MAXIMAUX
    courriel.etat = EtatCourriel.ABANDONNE if abandon else EtatCourriel.A_ENVOYER
    courriel.prochain_essai_le = prochain_essai(courriel.tentatives, le)
    courriel.save(update_fields=["etat", "derniere_erreur", "prochain_essai_le"])
    if abandon:
        _annoncer(courriel_abandonne, courriel, le)


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


def _reveiller_l_atelier_une_fois_valide() -> None:
    """Prévoit un seul réveil par transaction, quel que soit le nombre de courriels qu'elle poste."""
    if not any(rappel[1] is _reveiller_l_atelier for rappel in connection.run_on_commit):
        transaction.on_commit(_reveiller_l_atelier, robust=True)


def _reveiller_l_atelier() -> None:
    """Coup de coude : le balayage périodique est la garantie, ceci donne la promptitude."""
    current_app.send_task(TACHE_D_ENVOI, retry=False, ignore_result=True)
