"""Ce que le SAIO fait d'un courriel non distribué : le renvoyer, à la même adresse ou à une autre (écran S10)."""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from comptes.models import Personne
from comptes.services import consigner
from courriers.models import Courriel
from courriers.services import est_une_adresse, renvoyer
from referentiel.models import Campagne, Etablissement
from referentiel.rules.adresses import pourquoi_pas_academique
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus


@transaction.atomic
def consulter_un_courriel(*, courriel: Courriel, par: Personne, le: datetime) -> None:
    """Note que `par` lit le texte d'un courriel : une convocation y nomme des élèves (R40)."""
    consigner(objet=courriel, fait="consultation", phrase="Texte lu par le SAIO.", par=par, le=le)


@transaction.atomic
def renvoyer_un_courriel(*, courriel: Courriel, campagne: Campagne, par: Personne, le: datetime) -> None:
    """Remet en file, à la même adresse, un courriel non distribué.

    Lève `PeriodeClose` si la campagne est close, `Refus` si le courriel ne peut plus repartir.
    """
    _exiger_une_campagne_ouverte(campagne, le)
    _renvoyer(courriel, courriel.destinataire, le)
    phrase = f"Renvoyé à {courriel.destinataire}."
    consigner(objet=courriel, fait="courriel_renvoye", phrase=phrase[:300], par=par, le=le)


@transaction.atomic
def renvoyer_ailleurs(
    *, courriel: Courriel, campagne: Campagne, destinataire: str, motif: str, par: Personne, le: datetime
) -> None:
    """Remet en file un courriel non distribué, à une autre adresse de l'établissement ; le motif est gardé (R39).

    L'adresse est la messagerie de l'établissement ou une adresse académique. Lève `PeriodeClose`, ou `Refus` si
    l'adresse ne convient pas, si le motif manque, ou si le message porte un accès personnel.
    """
    _exiger_une_campagne_ouverte(campagne, le)
    adresse = destinataire.strip().lower()
    if raison := _pourquoi_pas(courriel, adresse, motif):
        raise Refus(raison)
    avant = courriel.destinataire
    _renvoyer(courriel, adresse, le)
    consigner(
        objet=courriel,
        fait="courriel_renvoye_ailleurs",
        phrase=f"Renvoyé à {adresse}. Motif\u00a0: {motif.strip()}"[:300],
        par=par,
        le=le,
        avant={"destinataire": avant},
        apres={"destinataire": adresse, "motif": motif.strip()},
    )


def renvoyer_les_courriels(*, courriels: Iterable[Courriel], campagne: Campagne, par: Personne, le: datetime) -> int:
    """Remet en file ceux qui peuvent repartir ; rend combien repartent.

    Chacun a sa transaction : un courriel devenu sans objet n'empêche pas les autres. Lève `PeriodeClose`.
    """
    _exiger_une_campagne_ouverte(campagne, le)
    repartis = 0
    for courriel in courriels:
        try:
            renvoyer_un_courriel(courriel=courriel, campagne=campagne, par=par, le=le)
        except PeriodeClose:
            raise
        except Refus:
            continue
        repartis += 1
    return repartis


def _pourquoi_pas(courriel: Courriel, adresse: str, motif: str) -> str | None:
    if courriel.porte_un_acces:
        return "Ce message donne un accès personnel\u00a0: il ne se renvoie qu’à son destinataire."
    if not est_une_adresse(adresse):
        return "Donnez une seule adresse complète, par exemple ce.0940001a@ac-creteil.fr."
    if not motif.strip():
        return "Dites pourquoi\u00a0: le motif est gardé avec le courriel."
    etablissement = Etablissement.objects.select_related("academie").filter(uai=courriel.uai).first()
    if etablissement is None:
        return "Ce message ne concerne aucun établissement\u00a0: il ne se renvoie qu’à son destinataire."
    if adresse == etablissement.messagerie.strip().lower():
        return None
    return pourquoi_pas_academique(adresse, etablissement.academie.domaines_de_courriel)


def _renvoyer(courriel: Courriel, destinataire: str, le: datetime) -> None:
    try:
        renvoyer(courriel=courriel, destinataire=destinataire, le=le)
    except ValidationError as erreur:
        raise Refus(" ".join(erreur.messages)) from erreur


def _exiger_une_campagne_ouverte(campagne: Campagne, le: datetime) -> None:
    reponse = campagne.ouverture(le).du(Geste.RENVOYER_UN_COURRIEL)
    if not reponse.ouverte:
        raise PeriodeClose(reponse.nature, reponse.raison, reponse)
