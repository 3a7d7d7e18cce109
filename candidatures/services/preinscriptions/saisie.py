"""Ce que fait le demandeur, de la première étape à l'envoi (R21, écran P8)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from candidatures.emails import preinscription as emails
from candidatures.jetons import jeton_de_suivi
from candidatures.models import LienPersonnel, PreInscription
from candidatures.preinscriptions import Etape, lire, premiere_etape_a_faire
from candidatures.services.preinscriptions.adresse import poster_un_code
from candidatures.services.preinscriptions.gardes import (
    SANS_ETABLISSEMENT,
    exiger_que_la_saisie_soit_ouverte,
    exiger_une_adresse_confirmee,
    verrouiller,
    verrouiller_la_saisie,
)
from candidatures.services.preinscriptions.liens import DUREE_DU_LIEN
from candidatures.services.preinscriptions.limites import limiter
from comptes.jetons import empreinte_du_jeton, nouveau_jeton
from comptes.services import consigner
from referentiel.models import Campagne
from referentiel.rules.calendrier import Nature
from referentiel.rules.refus import Refus
from referentiel.services import exiger_periode

GARDE_DE_LA_SAISIE = timedelta(days=7)


@transaction.atomic
def commencer(*, campagne: Campagne, reseau: str, le: datetime) -> str:
    """Ouvre une saisie gardée sept jours ; rend son jeton, que la base ne connaît pas.

    Efface au passage les saisies échues. Lève `PeriodeClose` ou `TropDeDemandes`.
    """
    exiger_periode(campagne, Nature.INSCRIPTION, etablissement_id=SANS_ETABLISSEMENT, le=le)
    limiter("commencer", reseau=reseau, le=le)
    effacer_les_saisies_echues(le=le)
    return _ouvrir_une_saisie(campagne, le)


@transaction.atomic
def recommencer(*, preinscription: PreInscription, reseau: str, le: datetime) -> str:
    """Ouvre une saisie pour un autre élève du même établissement : l'adresse reste confirmée. Rend son jeton."""
    exiger_periode(preinscription.campagne, Nature.INSCRIPTION, etablissement_id=SANS_ETABLISSEMENT, le=le)
    if preinscription.confirmee_le is None:
        raise Refus("Confirmez d’abord votre courriel.")
    limiter("commencer", reseau=reseau, le=le)
    return _ouvrir_une_saisie(
        preinscription.campagne,
        le,
        courriel=preinscription.courriel,
        confirmee_le=preinscription.confirmee_le,
        saisie={Etape.ETABLISSEMENT.value: preinscription.saisie[Etape.ETABLISSEMENT.value]},
    )


@transaction.atomic
def donner_l_etablissement(
    *,
    preinscription: PreInscription,
    demandeur: Mapping[str, str],
    courriel: str,
    jeton: str,
    reseau: str,
    le: datetime,
) -> None:
    """Garde l'étape 1 ; une adresse nouvelle est à confirmer, et reçoit un code.

    Lève `PeriodeClose`, `TropDeDemandes`, ou `Refus` si la demande est envoyée.
    """
    ligne = verrouiller_la_saisie(preinscription, le)
    nouvelle = courriel.strip().lower() != ligne.courriel
    if nouvelle and ligne.reference:
        raise Refus("L’adresse est confirmée\u00a0: elle ne change plus pour cette demande.")
    ligne.saisie[Etape.ETABLISSEMENT.value] = dict(demandeur)
    if nouvelle:
        ligne.courriel, ligne.confirmee_le = courriel.strip().lower(), None
    ligne.save(update_fields=["saisie", "courriel", "confirmee_le"])
    if nouvelle:
        poster_un_code(ligne, jeton=jeton, reseau=reseau, le=le)


@transaction.atomic
def garder(*, preinscription: PreInscription, etape: str, valeurs: Any, le: datetime) -> None:
    """Garde ce qui est saisi à une étape : « eleve », « choix » ou « avis ». Lève `PeriodeClose` ou `Refus`."""
    ligne = verrouiller_la_saisie(preinscription, le)
    exiger_une_adresse_confirmee(ligne)
    ligne.saisie[etape] = valeurs
    ligne.save(update_fields=["saisie"])


@transaction.atomic
def envoyer(*, preinscription: PreInscription, jeton: str, reseau: str, le: datetime) -> PreInscription:
    """Transmet la demande au SAIO, avec sa référence, et accuse réception ; un second envoi n'a pas d'effet (F6).

    Lève `PeriodeClose`, `TropDeDemandes`, ou `Refus` si une étape manque.
    """
    ligne = verrouiller(preinscription)
    if not ligne.est_en_saisie:
        return ligne
    exiger_que_la_saisie_soit_ouverte(ligne, le)
    exiger_une_adresse_confirmee(ligne)
    if premiere_etape_a_faire(ligne, lire(ligne), ligne.campagne) is not Etape.RECAPITULATIF:
        raise Refus("Il reste une étape à remplir avant l’envoi.")
    limiter("envoyer", reseau=reseau, courriel=ligne.courriel, le=le)
    ligne.reference = ligne.reference or _reference_suivante(ligne.campagne)
    ligne.etat, ligne.recue_le = PreInscription.Etat.EN_ATTENTE, le
    ligne.save(update_fields=["reference", "etat", "recue_le"])
    suivi = jeton_de_suivi(jeton)
    LienPersonnel.objects.get_or_create(
        empreinte=empreinte_du_jeton(suivi), defaults={"preinscription": ligne, "expire_le": le + DUREE_DU_LIEN}
    )
    consigner(objet=ligne, fait="depot", phrase=f"Demande {ligne.reference} reçue.", par=None, le=le)
    emails.annoncer_la_reception(ligne, jeton=suivi, le=le)
    return ligne


@transaction.atomic
def effacer_les_saisies_echues(*, le: datetime) -> int:
    """Efface les saisies jamais envoyées dont les sept jours sont passés ; rend leur nombre (R40)."""
    echues = PreInscription.objects.filter(etat=PreInscription.Etat.A_CONFIRMER, expire_le__lte=le)
    return echues.delete()[0]


def _ouvrir_une_saisie(campagne: Campagne, le: datetime, **champs: Any) -> str:
    jeton = nouveau_jeton()
    PreInscription.objects.create(
        campagne=campagne,
        jeton_empreinte=empreinte_du_jeton(jeton),
        commencee_le=le,
        expire_le=le + GARDE_DE_LA_SAISIE,
        **champs,
    )
    return jeton


def _reference_suivante(campagne: Campagne) -> str:
    """« PI-2027-000123 », l'une après l'autre dans la campagne, que sa ligne tient le temps de compter."""
    Campagne.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=campagne.pk)
    references = PreInscription.objects.filter(campagne=campagne).exclude(reference="")
    derniere = references.order_by("-reference").values_list("reference", flat=True).first()
    numero = int(derniere.rsplit("-", 1)[1]) + 1 if derniere else 1
    return f"PI-{campagne.annee}-{numero:06d}"
