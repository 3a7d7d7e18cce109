"""Écritures sur les comptes et l'historique."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import models, transaction

from comptes.copie import inserer_en_bloc
from comptes.models import Personne, Trace

AUTEUR_AUTOMATIQUE = "Passpro"


def consigner(
    *,
    objet: models.Model,
    fait: str,
    phrase: str,
    par: Personne | None,
    le: datetime,
    avant: dict[str, Any] | None = None,
    apres: dict[str, Any] | None = None,
) -> Trace:
    """Ajoute une ligne à l'historique de `objet` (R39).

    `fait` est un code stable (« inscription »), `phrase` la phrase montrée, `par` la personne qui agit
    (`None` pour l'application elle-même), `avant` et `apres` les seules valeurs qui changent.
    """
    trace = _trace(objet, fait, phrase, par, le, avant or {}, apres or {})
    trace.save(force_insert=True)
    return trace


def consigner_plusieurs(
    *,
    phrases: Iterable[tuple[models.Model, str]],
    fait: str,
    par: Personne | None,
    le: datetime,
    apres: dict[str, Any] | None = None,
    changements: Mapping[Any, tuple[dict[str, Any], dict[str, Any]]] | None = None,
) -> None:
    """Ajoute le même fait à l'historique de plusieurs objets, en une requête ; `phrases` en donne la phrase (R39).

    `changements` donne, par clé d'objet, ses valeurs d'avant et d'après ; sinon `apres` vaut pour tous.
    """
    communs: tuple[dict[str, Any], dict[str, Any]] = ({}, apres or {})
    inserer_en_bloc(
        [_trace(objet, fait, phrase, par, le, *(changements or {}).get(objet.pk, communs)) for objet, phrase in phrases]
    )


def _trace(
    objet: models.Model,
    fait: str,
    phrase: str,
    par: Personne | None,
    le: datetime,
    avant: dict[str, Any],
    apres: dict[str, Any],
) -> Trace:
    return Trace(
        objet_type=objet._meta.label_lower,
        objet_id=objet.pk,
        fait=fait,
        phrase=phrase,
        auteur=par,
        auteur_nom=par.nom_affiche if par else AUTEUR_AUTOMATIQUE,
        le=le,
        avant=avant,
        apres=apres,
    )


@transaction.atomic
def choisir_les_notifications(*, personne: Personne, resume_quotidien: bool, par: Personne, le: datetime) -> bool:
    """Garde ce que la personne veut recevoir ; rend faux si rien ne change (écran C3)."""
    ligne = Personne.objects.select_for_update(of=("self",)).get(pk=personne.pk)
    if ligne.resume_quotidien == resume_quotidien:
        return False
    ligne.resume_quotidien = resume_quotidien
    ligne.save(update_fields=["resume_quotidien"])
    consigner(
        objet=ligne,
        fait="notifications",
        phrase="Résumé quotidien demandé." if resume_quotidien else "Résumé quotidien arrêté.",
        par=par,
        le=le,
        avant={"resume_quotidien": not resume_quotidien},
        apres={"resume_quotidien": resume_quotidien},
    )
    return True


@transaction.atomic
def fermer_les_autres_sessions(*, personne: Personne, sauf: str | None, par: Personne, le: datetime) -> int:
    """Ferme les sessions ouvertes de `personne`, hormis celle de clé `sauf` ; rend leur nombre (R38)."""
    ouvertes = Session.objects.filter(expire_date__gt=le).exclude(session_key=sauf)
    siennes = (session for session in ouvertes.iterator() if _est_de(session, personne))
    cles = [session.session_key for session in siennes]
    Session.objects.filter(session_key__in=cles).delete()
    if cles:
        consigner(
            objet=personne,
            fait="sessions_fermees",
            phrase="Autres sessions fermées",
            par=par,
            le=le,
            apres={"fermees": len(cles)},
        )
    return len(cles)


def _est_de(session: Session, personne: Personne) -> bool:
    return session.get_decoded().get(SESSION_KEY) == str(personne.pk)
