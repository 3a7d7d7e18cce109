"""Relancer les établissements d'accueil qui tardent, et retenir une relance avant son départ (écran S4)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from avis.emails import courriel_de_relance
from avis.models import Relance
from avis.relances import ETAPES, Attente, Motif, attentes, dire_l_attente
from comptes.models import Personne
from comptes.services import consigner_plusieurs
from courriers.models import Courriel
from courriers.services import poster_plusieurs, rappeler
from referentiel.models import Campagne
from referentiel.rules.refus import Refus
from referentiel.services import exiger_periode


@transaction.atomic
def relancer(
    *, envoi: str, motif: Motif, uai: Sequence[str], campagne: Campagne, par: Personne, le: datetime
) -> list[Relance]:
    """Pose une relance et son courriel pour chaque établissement choisi qui tarde encore à l'instant `le`.

    Les nombres sont comptés ici, pas sur la page d'où l'on vient. `envoi` nomme la sélection : envoyée deux fois, elle
    ne relance qu'une fois. Les courriels partent après le délai de rappel de la campagne. Lève `PeriodeClose` si
    l'établissement ne peut plus faire ce qu'on lui rappelle, `Refus` s'il n'y a personne à relancer.
    """
    # Deux envois du même formulaire se suivent : le second trouve les relances du premier.
    Campagne.objects.select_for_update(of=("self",), no_key=True).get(pk=campagne.pk)
    if deja := list(Relance.objects.filter(envoi=envoi, campagne=campagne)):
        return deja
    choisies = attentes(motif, campagne, le, seulement=uai)
    for attente in choisies:
        exiger_periode(campagne, ETAPES[motif], etablissement_id=attente.etablissement.pk, le=le)
    a_relancer = [attente for attente in choisies if attente.joignable]
    if not a_relancer:
        raise Refus(_personne_a_relancer(choisies))
    return _poser(envoi, motif, a_relancer, campagne, par=par, le=le)


@transaction.atomic
def retenir_les_relances(*, envoi: str, campagne: Campagne, par: Personne, le: datetime) -> int:
    """Retient toutes les relances d'un envoi avant leur départ ; rend leur nombre.

    Lève `Refus` si elles le sont déjà, si le délai est passé, ou si un courriel est parti.
    """
    relances = list(
        Relance.objects.select_for_update(of=("self",))
        .select_related("etablissement")
        .filter(envoi=envoi, campagne=campagne)
        .order_by("pk")
    )
    if not relances or relances[0].rappelee_le:
        raise Refus("Cet envoi est déjà annulé.")
    if le >= relances[0].part_le:
        raise Refus("Les relances sont parties\u00a0: cet envoi ne peut plus être annulé.")
    if not rappeler(Courriel.objects.filter(relance__in=relances)):
        raise Refus("Les relances sont en train de partir\u00a0: cet envoi ne peut plus être annulé.")
    Relance.objects.filter(pk__in=[relance.pk for relance in relances]).update(rappelee_le=le)
    phrases = [(relance.etablissement, "Relance du SAIO annulée avant son départ.") for relance in relances]
    consigner_plusieurs(phrases=phrases, fait="relance_annulee", par=par, le=le, apres={"envoi": envoi})
    return len(relances)


def _poser(
    envoi: str, motif: Motif, a_relancer: Sequence[Attente], campagne: Campagne, *, par: Personne, le: datetime
) -> list[Relance]:
    part_le = le + timedelta(minutes=campagne.regles.delai_de_rappel)
    courriels = poster_plusieurs(
        [courriel_pour(attente, motif, campagne, envoi) | {"part_le": part_le} for attente in a_relancer], le=le
    )
    relances = Relance.objects.bulk_create(
        Relance(
            envoi=envoi,
            campagne=campagne,
            etablissement=attente.etablissement,
            motif=motif,
            nombre=attente.nombre,
            depuis=attente.depuis,
            par=par,
            le=le,
            part_le=part_le,
            courriel=courriel,
        )
        for attente, courriel in zip(a_relancer, courriels, strict=True)
    )
    phrases = [
        (relance.etablissement, f"Relance du SAIO\u00a0: {dire_l_attente(motif, relance.nombre)}.")
        for relance in relances
    ]
    consigner_plusieurs(phrases=phrases, fait="relance", par=par, le=le, apres={"motif": motif.value, "envoi": envoi})
    return relances


def courriel_pour(attente: Attente, motif: Motif, campagne: Campagne, envoi: str) -> dict[str, Any]:
    """Le courriel d'une relance, tel qu'il partirait : la page qui la prépare montre celui-là."""
    return courriel_de_relance(
        campagne,
        attente.etablissement,
        convocations=motif is Motif.CONVOCATIONS,
        nombre=attente.nombre,
        depuis=attente.depuis,
        envoi=envoi,
    )


def _personne_a_relancer(choisies: Sequence[Attente]) -> str:
    if choisies:
        return "Aucun des établissements choisis n’a de messagerie\u00a0: complétez d’abord leurs coordonnées."
    return "Aucun des établissements choisis n’a plus de retard."
