"""Compléter ou refaire partir un envoi dont une adresse a fait défaut (R25)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from comptes.models import Personne
from comptes.services import consigner_plusieurs
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from courriers.services import est_une_adresse, poster, renvoyer
from entretiens.emails import Destination, courriel_de_correction
from entretiens.models import Convocation, Envoi
from entretiens.services.convocations.adresses import adresses_par_eleve, adresses_possibles, destinations
from entretiens.services.convocations.courrier import poster_les_convocations, refaire_sans
from entretiens.services.convocations.verrous import verrouiller_les_candidatures
from referentiel.models import Etablissement
from referentiel.rules.calendrier import Nature
from referentiel.rules.refus import Refus
from referentiel.services import exiger_periode

REMPLACEE = "Cette convocation a été remplacée ou annulée\u00a0: la nouvelle est partie à sa place."


@transaction.atomic
def completer_l_envoi(*, envoi: Envoi, par: Personne | None, le: datetime, origine: Etablissement | None = None) -> int:
    """Poste les courriels qui manquent à un envoi depuis qu'une adresse est connue ; rend leur nombre.

    `origine` n'en complète que les élèves de cet établissement. Lève `PeriodeClose`, ou `Refus` s'il n'en manque aucun.
    """
    exiger_periode(envoi.campagne, Nature.CONVOCATIONS, etablissement_id=envoi.etablissement_id, le=le)
    if envoi.rappele_le:
        raise Refus("Cet envoi est annulé\u00a0: envoyez de nouveau les convocations.")
    verrouiller_les_candidatures(Convocation.objects.filter(envoi=envoi).values("entretien__candidature"))
    attendues = Convocation.objects.en_vigueur().filter(envoi=envoi, periode__startswith__gt=le)
    if origine:
        attendues = attendues.filter(entretien__candidature__eleve__etablissement=origine)
    manquantes = destinations_manquantes(list(attendues.avec_document()))
    if not manquantes:
        raise Refus("Aucune adresse nouvelle\u00a0: complétez d’abord la messagerie ou la personne référente.")
    poster_les_convocations(envoi, manquantes, part_le=max(le, envoi.part_le), le=le)
    completees = {c.pk: c.entretien.candidature for destination in manquantes for c in destination.convocations}
    phrases = [(candidature, "Convocation envoyée à une adresse corrigée.") for candidature in completees.values()]
    consigner_plusieurs(phrases=phrases, fait="convocation_completee", par=par, le=le)
    return len(manquantes)


def destinations_manquantes(convocations: Sequence[Convocation]) -> list[Destination]:
    """Adresses connues auxquelles rien n'est écrit de ces convocations, en vigueur et à venir.

    Une convocation dont un courriel attend d'être renvoyé d'une ancienne adresse est laissée : c'est lui qui repart.
    """
    ecrites: dict[int, set[str]] = defaultdict(set)
    a_renvoyer: set[int] = set()
    connues = adresses_par_eleve([convocation.entretien.candidature.eleve for convocation in convocations])
    eleves = {convocation.pk: convocation.entretien.candidature.eleve_id for convocation in convocations}
    courriels = Courriel.objects.filter(convocations__in=convocations).exclude(etat=EtatCourriel.RAPPELE)
    for cle, adresse, etat in courriels.values_list("convocations", "destinataire", "etat"):
        ecrites[cle].add(adresse.lower())
        if etat == EtatCourriel.ABANDONNE and adresse.lower() not in connues.get(eleves.get(cle, 0), ()):
            a_renvoyer.add(cle)
    return [
        Destination(destination.adresse, destination.nature, restantes)
        for destination in destinations(c for c in convocations if c.pk not in a_renvoyer)
        if (restantes := tuple(c for c in destination.convocations if destination.adresse not in ecrites[c.pk]))
    ]


@transaction.atomic
def renvoyer_le_courriel(
    *, envoi: Envoi, courriel: Courriel, destinataire: str, par: Personne | None, le: datetime
) -> None:
    """Remet en file un courriel non distribué, à l'une des adresses connues de ses élèves (R25).

    L'établissement d'accueil qui l'a envoyé et l'établissement d'origine qui l'attend le peuvent. Lève `PeriodeClose`,
    ou `Refus` si l'adresse a déjà été refusée, n'est pas connue, ou si la convocation a été remplacée.
    """
    exiger_periode(envoi.campagne, Nature.CONVOCATIONS, etablissement_id=envoi.etablissement_id, le=le)
    convocations = list(courriel.convocations.en_vigueur().filter(envoi=envoi).avec_document())
    if not convocations:
        raise Refus(REMPLACEE)
    if destinataire.lower() not in adresses_possibles(convocations):
        raise Refus("Choisissez la messagerie de l’établissement d’origine ou la personne référente.")
    meme_adresse = destinataire.lower() == courriel.destinataire.lower()
    if meme_adresse and courriel.raison and courriel.raison.tient_a_l_adresse:
        raise Refus("Cette adresse a déjà été refusée. Corrigez-la avant de renvoyer.")
    try:
        renvoyer(courriel=courriel, destinataire=destinataire, le=le)
    except ValidationError as erreur:
        raise Refus(" ".join(erreur.messages)) from erreur
    phrases = [(c.entretien.candidature, "Convocation renvoyée.") for c in convocations]
    consigner_plusieurs(phrases=phrases, fait="convocation_renvoyee", par=par, le=le)


@transaction.atomic
def accorder_le_renvoi(*, courriel: Courriel, le: datetime) -> None:
    """N'annonce, dans un courriel remis en file, que des entretiens prévus et encore à venir (R25, F2).

    Un courriel qui porte aussi une convocation remplacée ou annulée est refait sans elle. Lève `Refus` s'il n'en
    reste aucune.
    """
    if not courriel.convocations.exists():
        return
    verrouiller_les_candidatures(courriel.convocations.values("entretien__candidature"))
    valables = courriel.convocations.en_vigueur().filter(periode__startswith__gt=le)
    if not valables.exists():
        raise Refus(REMPLACEE)
    perimees = courriel.convocations.exclude(pk__in=valables.values("pk"))
    if perimees.exists():
        refaire_sans([courriel], le=le, retirees=set(perimees.values_list("pk", flat=True)))


@transaction.atomic
def demander_la_correction(*, envoi: Envoi, courriel: Courriel, par: Personne | None, le: datetime) -> str:
    """Demande à qui le peut de corriger l'adresse d'un courriel non distribué ; rend l'adresse écrite (écran A14).

    La messagerie d'un établissement se corrige par lui ou par le SAIO ; l'adresse d'une personne référente, par
    l'établissement d'origine. Une adresse refusée n'est demandée qu'une fois. Lève `PeriodeClose`, ou `Refus` si
    personne n'est joignable, si c'est déjà demandé ou si rien n'est à corriger.
    """
    exiger_periode(envoi.campagne, Nature.CONVOCATIONS, etablissement_id=envoi.etablissement_id, le=le)
    convocations = list(courriel.convocations.en_vigueur().filter(envoi=envoi).avec_document())
    if not convocations or courriel.etat != EtatCourriel.ABANDONNE:
        raise Refus("Cette convocation n’attend plus de correction.")
    demande = courriel_de_correction(courriel, convocations, envoi)
    if not est_une_adresse(demande["destinataire"]):
        raise Refus("Aucune adresse où le demander\u00a0: téléphonez à l’établissement d’origine.")
    if Courriel.objects.filter(cle=demande["cle"]).exists():
        raise Refus("La correction est déjà demandée.")
    poster(**demande, le=le)
    phrases = [(c.entretien.candidature, "Correction d’adresse demandée.") for c in convocations]
    consigner_plusieurs(phrases=phrases, fait="correction_demandee", par=par, le=le)
    return demande["destinataire"]
