"""Ouvrir et clore une campagne (R1, R3)."""

from datetime import datetime

from django.db import transaction

from comptes.models import Personne
from comptes.services import consigner
from referentiel.models import Campagne
from referentiel.rules.refus import Refus
from referentiel.services.campagnes.verrous import verrouiller
from referentiel.services.contraintes import contraintes_dites
from referentiel.verifications import ce_qui_bloque


@transaction.atomic
def ouvrir_la_campagne(*, campagne: Campagne, par: Personne | None, le: datetime) -> Campagne:
    """Ouvre une campagne en préparation (R1).

    Lève `Refus`, avec tout ce qui ne va pas, si le calendrier se contredit ou manque d'une date (R3), si la
    matrice n'est pas totale ou sans points alors que la campagne donne un bonus (R6), si l'académie a déjà une
    campagne ouverte.
    """
    campagne = verrouiller(campagne)
    if campagne.etat != Campagne.Etat.PREPARATION:
        etat = campagne.get_etat_display().lower()
        raise Refus(f"Cette campagne est «\u00a0{etat}\u00a0»\u00a0: elle ne s’ouvre pas.")
    if defauts := defauts_d_ouverture(campagne):
        raise Refus(" ".join(defauts))
    campagne.etat = Campagne.Etat.OUVERTE
    with contraintes_dites():
        campagne.save()
    _consigner_l_etat(campagne, "ouverture", "Campagne ouverte.", Campagne.Etat.PREPARATION, par, le)
    return campagne


@transaction.atomic
def clore_la_campagne(*, campagne: Campagne, par: Personne | None, le: datetime) -> Campagne:
    """Clôt une campagne ouverte : plus rien n'y change, elle reste lisible (R1). Lève `Refus` sinon."""
    campagne = verrouiller(campagne)
    if not campagne.est_ouverte:
        raise Refus("Seule une campagne ouverte peut être close.")
    campagne.etat = Campagne.Etat.CLOSE
    campagne.save(update_fields=["etat"])
    _consigner_l_etat(campagne, "cloture", "Campagne close.", Campagne.Etat.OUVERTE, par, le)
    return campagne


def defauts_d_ouverture(campagne: Campagne) -> list[str]:
    """Ce qui empêche d'ouvrir `campagne`, une phrase par défaut ; liste vide si rien ne manque (R3, R6)."""
    return [ligne.texte for rubrique in ce_qui_bloque(campagne) for ligne in rubrique.lignes]


def _consigner_l_etat(
    campagne: Campagne, fait: str, phrase: str, avant: str, par: Personne | None, le: datetime
) -> None:
    consigner(
        objet=campagne,
        fait=fait,
        phrase=phrase,
        par=par,
        le=le,
        avant={"etat": avant},
        apres={"etat": campagne.etat},
    )
