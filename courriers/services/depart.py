"""Faire partir les courriels dus (R25, F2).

L'envoi se fait en deux temps : la ligne est réservée (« en cours », validé), puis le message part dans une transaction
qui tient un verrou consultatif sur la ligne. Une ligne « en cours » dont le verrou est libre a perdu son ouvrier :
elle repart, avec le même `Message-ID`.
"""

import json
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import CharField, F
from django.db.models.functions import Greatest
from django.dispatch import Signal

from courriers.expedition import Expediteur, ExpeditionRefusee
from courriers.models import NATURES_SANS_COPIE, Courriel, Etape
from courriers.requetes_preparees import requetes_groupees, requetes_preparees
from courriers.rules import ESSAIS_MAXIMAUX, EtatCourriel, prochain_essai
from courriers.signals import courriel_abandonne, courriel_parti

journal = logging.getLogger(__name__)
ESPACE_DES_VERROUS = 71_265 << 40
VERROUILLER = """
    SELECT pg_try_advisory_xact_lock(%s), set_config('idle_in_transaction_session_timeout', '0', true)
"""
# Sans leur longueur : une migration qui l'élargit rendrait ce plan inexécutable. La transaction qui réserve note aussi
# le message qui vient de partir ; perdue, il repartirait.
COLONNES = ", ".join(
    f"courriel.{champ.column}::text" if isinstance(champ, CharField) else f"courriel.{champ.column}"
    for champ in Courriel._meta.concrete_fields
)
CHAMPS = [champ.attname for champ in Courriel._meta.concrete_fields]
# L'état y est écrit, non donné : l'index des courriels dus ne vaut que pour lui.
RESERVER = f"""
    WITH due AS MATERIALIZED (
        SELECT id FROM courriers_courriel
        WHERE etat = '{EtatCourriel.A_ENVOYER}' AND prochain_essai_le <= %s
            AND pieces <> ALL (ARRAY(
                SELECT pieces FROM pg_locks JOIN courriers_courriel ailleurs ON ailleurs.id = objid::bigint
                WHERE locktype = 'advisory' AND classid::bigint = {ESPACE_DES_VERROUS >> 32}
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    AND pid <> pg_backend_pid() AND pieces <> '[]'
            ))
        ORDER BY prochain_essai_le, id LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    UPDATE courriers_courriel courriel SET etat = '{EtatCourriel.EN_COURS}', tentatives = tentatives + 1
    FROM due WHERE courriel.id = due.id RETURNING {COLONNES}
"""  # noqa: S608 - des états et des colonnes, rien qui vienne d'ailleurs
NOTER_L_ENVOI = "UPDATE courriers_courriel SET etat = %s, envoye_le = %s, derniere_erreur = '' WHERE id = %s"
NOTES = ("etat", "envoye_le", "derniere_erreur")
# Un essai interrompu n'est pas un refus : il n'allonge pas l'attente du suivant.
INTERROMPU = {"etat": EtatCourriel.A_ENVOYER, "incertain": True, "tentatives": Greatest(F("tentatives") - 1, 0)}


class PartiAilleurs(Exception):
    """Un autre ouvrier s'est chargé du courriel."""


def faire_partir_un_lot(expediteur: Expediteur, *, le: datetime, au_plus: int) -> int:
    """Envoie jusqu'à `au_plus` courriels dus à l'instant `le` ; rend le nombre de courriels traités."""
    traites, courriel = 0, _reserver(le)
    while courriel:
        traites += 1
        courriel = _expedier_et_reserver(courriel, expediteur, le, encore=traites < au_plus)
    return traites


def reprendre_les_interrompus() -> int:
    """Remet en file les courriels dont l'ouvrier a disparu, peut-être après les avoir remis ; rend leur nombre."""
    repris = 0
    for cle in Courriel.objects.en_cours().values_list("pk", flat=True):
        with transaction.atomic():
            if _verrouiller(cle):
                repris += Courriel.objects.en_cours().filter(pk=cle).update(**INTERROMPU)
    return repris


def _reserver(le: datetime) -> Courriel | None:
    """Réserve le plus ancien courriel dû que personne ne tient ; la commande se valide avec ce qui l'entoure.

    Celui dont un autre ouvrier compose les mêmes pièces, le verrou du sien en main, est laissé à cet ouvrier, qui les
    aura toutes faites ; s'il meurt, son verrou tombe, et le courriel est de nouveau à prendre.
    """
    with requetes_preparees(), connection.cursor() as curseur:
        curseur.execute(RESERVER, [le])
        ligne = curseur.fetchone()
    return _lu(ligne) if ligne else None


def _lu(ligne: Sequence[Any]) -> Courriel:
    """Le courriel d'une ligne de `COLONNES`, comme l'ORM le lirait ; la base donne les pièces en JSON."""
    valeurs = dict(zip(CHAMPS, ligne, strict=True))
    valeurs["pieces"] = json.loads(valeurs["pieces"])
    return Courriel.from_db(connection.alias, valeurs.keys(), valeurs.values())


@transaction.atomic
def _expedier_et_reserver(courriel: Courriel, expediteur: Expediteur, le: datetime, *, encore: bool) -> Courriel | None:
    """Une même validation écrit la suite d'un courriel et réserve le suivant : un passage au disque par message.

    Tué avant elle, l'ouvrier laisse le premier « en cours » et n'a rien pris d'autre ; après, le second repart.
    """
    parti_le = _expedier(courriel, expediteur)
    with requetes_groupees() as attendre_les_reponses:
        if parti_le:
            _noter_l_envoi(courriel, parti_le)
            _annoncer(courriel_parti, courriel, parti_le, attendre_les_reponses)
        return _reserver(le) if encore else None


def _expedier(courriel: Courriel, expediteur: Expediteur) -> datetime | None:
    """Instant où le serveur de messagerie a pris le message ; `None` s'il ne l'a pas pris, ce qui est noté."""
    if not _verrouiller(courriel.pk):
        return None
    try:
        expediteur.expedier(courriel, avant_de_confier=lambda: _exiger_qu_il_parte_encore(courriel.pk))
    except PartiAilleurs:
        return None
    except ExpeditionRefusee as refus:
        if _part_encore(courriel.pk):
            _noter_l_echec(courriel, refus, expediteur.maintenant())
        return None
    return expediteur.maintenant()


def _exiger_qu_il_parte_encore(cle: int) -> None:
    """Lève `PartiAilleurs`, ou l'erreur d'une base qui ne répond plus : confié quand même, le message partirait deux
    fois, son envoi ne pouvant s'écrire."""
    if not _part_encore(cle):
        raise PartiAilleurs


def _part_encore(cle: int) -> bool:
    """Relu une fois le verrou pris : un autre ouvrier a pu croire celui-ci mort."""
    with requetes_preparees(), connection.cursor() as curseur:
        curseur.execute("SELECT etat FROM courriers_courriel WHERE id = %s", [cle])
        return curseur.fetchone() == (EtatCourriel.EN_COURS,)


def _noter_l_envoi(courriel: Courriel, le: datetime) -> None:
    courriel.etat, courriel.envoye_le, courriel.derniere_erreur = EtatCourriel.ENVOYE, le, ""
    if courriel.nature in NATURES_SANS_COPIE:
        courriel.texte, courriel.html, courriel.pieces, courriel.efface_le = "", "", [], le
        courriel.save(update_fields=[*NOTES, "texte", "html", "pieces", "efface_le"])
    else:
        # Un soir de convocations l'écrit dix mille fois.
        with requetes_preparees(), connection.cursor() as curseur:
            curseur.execute(NOTER_L_ENVOI, [courriel.etat, le, courriel.pk])


def _noter_l_echec(courriel: Courriel, refus: ExpeditionRefusee, le: datetime) -> None:
    courriel.derniere_erreur = str(refus)[:500]
    abandon = refus.definitif or courriel.tentatives >= ESSAIS_MAXIMAUX
    courriel.etat = EtatCourriel.ABANDONNE if abandon else EtatCourriel.A_ENVOYER
    courriel.prochain_essai_le = prochain_essai(courriel.tentatives, le)
    courriel.incertain = courriel.incertain or refus.incertain
    courriel.save(update_fields=["etat", "derniere_erreur", "prochain_essai_le", "incertain"])
    Etape.objects.create(
        courriel=courriel,
        nature=Etape.Nature.REFUS,
        le=le,
        destinataire=courriel.destinataire,
        detail=courriel.derniere_erreur,
    )
    if abandon:
        _annoncer(courriel_abandonne, courriel, le)


def _annoncer(
    signal: Signal, courriel: Courriel, le: datetime, attendre_les_reponses: Callable[[], None] = lambda: None
) -> None:
    """Annonce un départ sans qu'un défaut des étages du dessus fasse oublier que le message est parti.

    Leurs requêtes groupées se voient répondre avant la fin de la sauvegarde partielle : elle défait aussi une faute
    tardive.
    """
    try:
        with transaction.atomic():
            try:
                signal.send(sender=Courriel, courriel=courriel, le=le)
            finally:
                attendre_les_reponses()
    except Exception:
        journal.exception("Courriel %s : la suite de son envoi n'a pas pu être écrite.", courriel.pk)


def _verrouiller(cle: int) -> bool:
    """Prend, jusqu'à la fin de la transaction, le verrou consultatif de la ligne ; faux s'il est tenu ailleurs.

    Lève du même coup la limite d'inactivité de cette transaction : un serveur de messagerie peut être lent.
    """
    with connection.cursor() as curseur:
        curseur.execute(VERROUILLER, [ESPACE_DES_VERROUS + cle])
        return bool(curseur.fetchone()[0])
