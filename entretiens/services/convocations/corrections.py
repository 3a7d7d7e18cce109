"""Compléter ou refaire partir un envoi dont une adresse a fait défaut (R25)."""

from collections import defaultdict
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from comptes.models import Personne
from comptes.services import consigner_plusieurs
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from courriers.services import renvoyer
from entretiens.emails import Destination
from entretiens.models import Convocation, Envoi
from entretiens.services.convocations.adresses import adresses_possibles, destinations
from entretiens.services.convocations.courrier import poster_les_convocations
from referentiel.rules.calendrier import Nature
from referentiel.rules.refus import Refus
from referentiel.services import exiger_periode

REFUS_DEFINITIF = "5"


@transaction.atomic
def completer_l_envoi(*, envoi: Envoi, par: Personne | None, le: datetime) -> int:
    """Poste les courriels qui manquent à un envoi depuis qu'une adresse est connue ; rend leur nombre.

    Lève `PeriodeClose`, ou `Refus` s'il n'en manque aucun.
    """
    exiger_periode(envoi.campagne, Nature.CONVOCATIONS, etablissement_id=envoi.etablissement_id, le=le)
    if envoi.rappele_le:
        raise Refus("Cet envoi est annulé : envoyez de nouveau les convocations.")
    convocations = list(Convocation.objects.en_vigueur().filter(envoi=envoi).avec_document())
    ecrites: dict[int, set[str]] = defaultdict(set)
    couples = Courriel.objects.filter(convocations__in=convocations).exclude(etat=EtatCourriel.RAPPELE)
    for cle, adresse in couples.values_list("convocations", "destinataire"):
        ecrites[cle].add(adresse.lower())
    manquantes = [
        Destination(destination.adresse, destination.nature, restantes)
        for destination in destinations(convocations)
        if (restantes := tuple(c for c in destination.convocations if destination.adresse not in ecrites[c.pk]))
    ]
    if not manquantes:
        raise Refus("Aucune adresse nouvelle : complétez d’abord la messagerie ou la personne référente.")
    poster_les_convocations(envoi, manquantes, part_le=max(le, envoi.part_le), le=le)
    phrases = [(c.entretien.candidature, "Convocation envoyée à une adresse corrigée.") for c in convocations]
    consigner_plusieurs(phrases=phrases, fait="convocation_completee", par=par, le=le)
    return len(manquantes)


@transaction.atomic
def renvoyer_le_courriel(
    *, envoi: Envoi, courriel: Courriel, destinataire: str, par: Personne | None, le: datetime
) -> None:
    """Remet en file un courriel non distribué, à l'une des adresses connues de ses élèves (R25).

    Lève `Refus` si l'adresse a déjà été refusée, n'est pas connue, ou si la convocation a été remplacée.
    """
    exiger_periode(envoi.campagne, Nature.CONVOCATIONS, etablissement_id=envoi.etablissement_id, le=le)
    convocations = list(courriel.convocations.en_vigueur().filter(envoi=envoi).avec_document())
    if not convocations:
        raise Refus("Cette convocation a été remplacée : la nouvelle est partie à sa place.")
    if destinataire.lower() not in adresses_possibles(convocations):
        raise Refus("Choisissez la messagerie de l’établissement d’origine ou la personne référente.")
    refusee = destinataire.lower() == courriel.destinataire.lower()
    if refusee and courriel.derniere_erreur.startswith(REFUS_DEFINITIF):
        raise Refus("Cette adresse a déjà été refusée. Corrigez-la avant de renvoyer.")
    try:
        renvoyer(courriel=courriel, destinataire=destinataire, le=le)
    except ValidationError as erreur:
        raise Refus(" ".join(erreur.messages)) from erreur
    phrases = [(c.entretien.candidature, "Convocation renvoyée.") for c in convocations]
    consigner_plusieurs(phrases=phrases, fait="convocation_renvoyee", par=par, le=le)
