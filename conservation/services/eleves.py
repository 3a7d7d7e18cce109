"""Répondre à un élève : lui remettre ses données, les rectifier, les effacer (R40)."""

from datetime import datetime
from secrets import token_hex

from django.db import transaction

from avis.models import ExportAffelnet
from candidatures.models import Candidature, Eleve
from candidatures.rules import ANNULABLES
from candidatures.services import SaisieEleve, annuler_pour_le_saio, rectifier_pour_le_saio
from comptes.models import Personne
from comptes.services import consigner
from conservation.emails import annoncer_une_rectification
from conservation.models import Effacement
from conservation.services.etapes import ETAPES, Contexte, courriels_de_l_eleve, supprimer_les_travaux
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from courriers.services import anonymiser_les_courriels
from referentiel.models import Travail
from referentiel.rules.refus import PeriodeClose, Refus

IDENTITE = ("nom", "prenom", "date_de_naissance")
MOTIF = "Données effacées à la demande de l’élève"
EN_ATTENTE = (EtatCourriel.A_ENVOYER, EtatCourriel.EN_COURS)


@transaction.atomic
def noter_la_remise(*, eleve: Eleve, par: Personne, le: datetime) -> None:
    """Note que tout ce que Passpro garde de l'élève a été emporté pour lui être remis."""
    consigner(objet=eleve, fait="export", phrase="Ensemble des données remis à la demande de l’élève.", par=par, le=le)


@transaction.atomic
def rectifier_un_eleve(*, eleve: Eleve, saisie: SaisieEleve, motif: str, par: Personne, le: datetime) -> Eleve:
    """Corrige les données d'un élève à sa demande, même dans une campagne close ; une identité qui change est annoncée
    à ses établissements.

    Lève `Refus` si le motif manque, si la saisie n'est pas juste, ou si l'élève est effacé : rien n'y revient.
    """
    if not motif.strip():
        raise Refus("Dites à la demande de qui, et quand, ces données sont rectifiées.")
    _exiger_qu_il_ne_soit_pas_efface(eleve)
    avant = {champ: getattr(eleve, champ) for champ in IDENTITE}
    corrige = rectifier_pour_le_saio(eleve=eleve, saisie=saisie, par=par, le=le)
    consigner(
        objet=corrige,
        fait="rectification",
        phrase=f"Données rectifiées par le SAIO. Motif\u00a0: {motif.strip()}"[:300],
        par=par,
        le=le,
        apres={"motif": motif.strip()},
    )
    if any(getattr(corrige, champ) != avant[champ] for champ in IDENTITE):
        annoncer_une_rectification(eleve=corrige, ancien=f"{avant['prenom']} {avant['nom'].upper()}", le=le)
    return corrige


@transaction.atomic
def effacer_un_eleve(*, eleve: Eleve, motif: str, par: Personne, le: datetime) -> Effacement:
    """Annule ce qui est à venir, puis retire de partout ce qui nomme l'élève ; les chiffres restent.

    Un courriel qui attend encore part, puis perd son contenu : sans lui, l'établissement attendrait l'élève. Lève
    `Refus` si le motif manque ou si l'élève est déjà effacé.
    """
    if not motif.strip():
        raise Refus("Dites à la demande de qui, et quand, ces données sont effacées.")
    ligne = Eleve.objects.select_for_update(of=("self",)).select_related("campagne").get(pk=eleve.pk)
    _exiger_qu_il_ne_soit_pas_efface(ligne)
    _annuler_ce_qui_vient(ligne, par, le)
    courriels = courriels_de_l_eleve(ligne)
    attendent = list(courriels.filter(etat__in=EN_ATTENTE).values_list("pk", flat=True))
    anonymiser_les_courriels(cles=list(courriels.exclude(pk__in=attendent).values_list("pk", flat=True)), le=le)
    comptes = _anonymiser(ligne, le)
    # Ce qui se prépare en ce moment a lu l'élève : après lui.
    _retirer_des_fichiers(ligne)
    effacement = Effacement.objects.create(
        eleve=ligne, motif=motif.strip(), courriels=attendent, comptes=comptes, par=par, le=le
    )
    consigner(objet=ligne, fait="effacement", phrase="Données de l’élève effacées à sa demande.", par=par, le=le)
    return effacement


@transaction.atomic
def finir_les_effacements(*, le: datetime) -> int:
    """Efface le contenu des courriels qui attendaient encore quand leur élève a été effacé ; rend leur nombre."""
    finis = 0
    for effacement in Effacement.objects.select_for_update(of=("self",)).exclude(courriels=[]):
        restent = Courriel.objects.filter(pk__in=effacement.courriels, etat__in=EN_ATTENTE).values_list("pk", flat=True)
        partis = sorted(set(effacement.courriels) - set(restent))
        if partis:
            anonymiser_les_courriels(cles=partis, le=le)
            effacement.courriels = sorted(set(effacement.courriels) - set(partis))
            effacement.save(update_fields=["courriels"])
            finis += len(partis)
    return finis


def _exiger_qu_il_ne_soit_pas_efface(eleve: Eleve) -> None:
    """Effacé à sa demande, ou avec sa campagne."""
    if Effacement.objects.filter(eleve=eleve).exists() or eleve.est_efface:
        raise Refus("Les données de cet élève sont déjà effacées.")


def _annuler_ce_qui_vient(eleve: Eleve, par: Personne, le: datetime) -> None:
    """Brouillons compris : sans cela, ils se reprendraient au nom de personne. Un entretien passé, ou une campagne
    finie, n'a rien à annuler."""
    for candidature in Candidature.objects.avec_eleve().filter(eleve=eleve, etat__in=ANNULABLES):
        try:
            with transaction.atomic():
                annuler_pour_le_saio(candidature=candidature, motif=MOTIF, par=par, le=le)
        except (PeriodeClose, Refus):
            continue


def _anonymiser(eleve: Eleve, le: datetime) -> dict[str, int]:
    contexte, comptes = Contexte(token_hex(32), le), {}
    for etape in ETAPES:
        lignes = etape.eleve(eleve) if etape.eleve else None
        cles = list(lignes.values_list("pk", flat=True)) if lignes is not None else []
        if lignes is not None and cles:
            etape.geste(lignes.model._default_manager.all(), cles, contexte)
            comptes[etape.nom] = len(cles)
    return comptes


def _retirer_des_fichiers(eleve: Eleve) -> None:
    """Les documents préparés peuvent le nommer : ils se préparent de nouveau. Un export gardé perd sa ligne."""
    travaux = Travail.objects.filter(campagne=eleve.campagne)
    supprimer_les_travaux(travaux, list(travaux.values_list("pk", flat=True)))
    if not eleve.ine:
        return
    for export in ExportAffelnet.objects.filter(campagne=eleve.campagne):
        lignes = bytes(export.contenu).splitlines(keepends=True)
        gardees = [ligne for ligne in lignes if eleve.ine.encode() not in ligne]
        if len(gardees) < len(lignes):
            export.contenu = b"".join(gardees)
            export.save(update_fields=["contenu"])
