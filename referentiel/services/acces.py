"""Demander l'accès à un établissement, l'accorder ou le refuser (R38, R39, écrans C1, C4 et S9)."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from comptes.federation.services import ouvrir_un_compte
from comptes.models import Personne
from comptes.rules import Limite
from comptes.rules.identite import Identite
from comptes.services import consigner, limiter
from courriers.services import est_une_adresse
from referentiel.emails import acces as emails
from referentiel.models import DemandeDAcces, Etablissement, Rattachement
from referentiel.permissions import Cote
from referentiel.rules.refus import Refus

DEMANDER_L_ACCES = Limite("demander l’accès", 5)
APRES_LA_DECISION, SANS_REPONSE = timedelta(days=90), timedelta(days=365)
EN_ATTENTE = DemandeDAcces.Etat.EN_ATTENTE
DEJA_DECIDEE = "Cette demande est déjà traitée."
COMPTE_FERME = "Le compte de cette personne est fermé\u00a0: rouvrez-le d’abord dans l’administration."


@transaction.atomic
def demander_l_acces(
    *, identite: Identite, etablissement: Etablissement, fonction: str, message: str, le: datetime
) -> DemandeDAcces:
    """Pose la demande d'une personne que son guichet a prouvée, et prévient qui décide (R38).

    Demander deux fois le même établissement ne fait rien de plus. Lève `TropDEssais` au-delà de la limite.
    """
    limiter(limite=DEMANDER_L_ACCES, cle=f"{identite.emetteur}:{identite.sujet}", le=le)
    demande, nouvelle = DemandeDAcces.objects.get_or_create(
        etablissement=etablissement,
        emetteur=identite.emetteur,
        sujet=identite.sujet,
        etat=EN_ATTENTE,
        defaults={
            "courriel": identite.courriel,
            "prenom": identite.prenom,
            "nom": identite.nom,
            "fonction": fonction,
            "message": message,
            "demandee_le": le,
        },
    )
    if nouvelle:
        _prevenir(demande, le)
    return demande


@transaction.atomic
def accepter_la_demande(
    *, demande: DemandeDAcces, role: str, cotes: Collection[Cote], par: Personne, le: datetime
) -> Rattachement:
    """Ouvre la place demandée, et le compte s'il n'existe pas ; prévient la personne (R36, R38, R39).

    Une place qu'elle aurait déjà là garde son rôle et reçoit les côtés qui lui manquent. Lève `Refus` pour une demande
    déjà traitée ou un compte fermé.
    """
    ligne = _verrouiller(demande)
    personne = ouvrir_un_compte(identite=_identite(ligne), par=par, le=le)
    if not personne.is_active:
        raise Refus(COMPTE_FERME)
    ouverts: dict[str, bool] = {str(cote): True for cote in cotes}
    place, nouvelle = Rattachement.objects.get_or_create(
        personne=personne,
        etablissement=ligne.etablissement,
        defaults={"role": role, "fonction": ligne.fonction, **ouverts},
    )
    if not nouvelle:
        for cote, ouvert in ouverts.items():
            setattr(place, cote, ouvert)
        place.save(update_fields=list(ouverts))
    _decider(ligne, DemandeDAcces.Etat.ACCEPTEE, par, le)
    consigner(
        objet=ligne.etablissement,
        fait="equipe",
        phrase=f"{personne} rejoint l’équipe ({place.libelle}), à sa demande."[:300],
        par=par,
        le=le,
        apres={"personne": personne.courriel, "role": place.role, **ouverts},
    )
    emails.annoncer_l_acces(ligne, le=le)
    return place


@transaction.atomic
def refuser_la_demande(*, demande: DemandeDAcces, motif: str, par: Personne, le: datetime) -> DemandeDAcces:
    """Refuse la demande, et dit pourquoi à la personne. Lève `Refus` si elle est déjà traitée (R38, R39)."""
    ligne = _verrouiller(demande)
    ligne.motif = motif
    _decider(ligne, DemandeDAcces.Etat.REFUSEE, par, le)
    consigner(
        objet=ligne.etablissement,
        fait="acces_refuse",
        phrase=f"Demande d’accès de {ligne.nom_affiche} refusée."[:300],
        par=par,
        le=le,
        apres={"personne": ligne.courriel, "motif": motif},
    )
    emails.annoncer_le_refus(ligne, le=le)
    return ligne


@transaction.atomic
def oublier_les_demandes_d_acces(*, le: datetime) -> int:
    """Efface les demandes décidées depuis trois mois, et celles restées un an sans réponse ; rend leur nombre (R40)."""
    decidees, oubliees = Q(decidee_le__lte=le - APRES_LA_DECISION), Q(demandee_le__lte=le - SANS_REPONSE)
    return DemandeDAcces.objects.filter(decidees | oubliees).delete()[0]


def qui_gere_l_equipe(etablissement: Etablissement) -> QuerySet[Rattachement]:
    """Les chefs d'établissement en activité : sans eux, c'est le SAIO qui décide."""
    chefs = Rattachement.objects.filter(etablissement=etablissement, role=Rattachement.Role.CHEF)
    return chefs.filter(personne__is_active=True).select_related("personne").order_by("pk")


def _prevenir(demande: DemandeDAcces, le: datetime) -> None:
    """Chacun reçoit le lien de la page où il décide : son équipe, ou celle du SAIO."""
    chefs = list(qui_gere_l_equipe(demande.etablissement))
    for place in chefs:
        cote = Cote.ORIGINE if place.origine else Cote.ACCUEIL
        adresse = reverse(f"referentiel:demande_d_acces_{cote}", args=[demande.etablissement.segment, demande.code])
        _annoncer(demande, place.personne.courriel, adresse, le)
    if not chefs:
        saio = demande.etablissement.academie.contact_courriel
        _annoncer(demande, saio, reverse("referentiel:demandes_d_acces"), le)


def _annoncer(demande: DemandeDAcces, courriel: str, adresse: str, le: datetime) -> None:
    if est_une_adresse(courriel):
        emails.annoncer_la_demande(demande, courriel=courriel, adresse=adresse, le=le)


def _verrouiller(demande: DemandeDAcces) -> DemandeDAcces:
    lignes = DemandeDAcces.objects.select_for_update(of=("self",)).select_related("etablissement__academie")
    ligne = lignes.get(pk=demande.pk)
    if ligne.etat != EN_ATTENTE:
        raise Refus(DEJA_DECIDEE)
    return ligne


def _decider(ligne: DemandeDAcces, etat: DemandeDAcces.Etat, par: Personne, le: datetime) -> None:
    ligne.etat, ligne.decidee_le, ligne.decidee_par = etat, le, par
    ligne.save(update_fields=["etat", "decidee_le", "decidee_par", "motif"])


def _identite(ligne: DemandeDAcces) -> Identite:
    return Identite(ligne.emetteur, ligne.sujet, ligne.courriel, ligne.prenom, ligne.nom)
