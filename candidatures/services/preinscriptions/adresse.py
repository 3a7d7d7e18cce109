"""Confirmer une adresse de courriel, par un code ou par un lien (R21, écran P8)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import constant_time_compare

from candidatures.emails import preinscription as emails
from candidatures.jetons import empreinte_du_code, nouveau_code
from candidatures.models import PreInscription
from candidatures.services.preinscriptions.gardes import verrouiller_la_saisie
from candidatures.services.preinscriptions.limites import limiter
from comptes.jetons import empreinte_du_jeton, nouveau_jeton
from referentiel.rules.refus import Refus

DUREE_DU_CODE = timedelta(minutes=30)
ESSAIS = 5


@transaction.atomic
def renvoyer_un_code(*, preinscription: PreInscription, jeton: str, reseau: str, le: datetime) -> None:
    """Poste un nouveau code ; l'ancien ne vaut plus. Lève `TropDeDemandes` ou `Refus`."""
    ligne = verrouiller_la_saisie(preinscription, le)
    if ligne.confirmee_le or not ligne.courriel:
        raise Refus("Cette adresse n’attend pas de code.")
    poster_un_code(ligne, jeton=jeton, reseau=reseau, le=le)


def confirmer_par_code(*, preinscription: PreInscription, code: str, le: datetime) -> None:
    """Confirme l'adresse. Lève `Refus` si le code est faux ou échu ; un essai manqué est compté même alors."""
    if raison := _essayer_le_code(preinscription, code, le):
        raise Refus(raison)


@transaction.atomic
def confirmer_par_lien(*, preinscription: PreInscription, cle: str, le: datetime) -> None:
    """Confirme l'adresse par la clé du lien reçu. Lève `Refus` si elle est fausse ou échue."""
    ligne = verrouiller_la_saisie(preinscription, le)
    if ligne.confirmee_le:
        return
    vaut = ligne.code_expire_le and le < ligne.code_expire_le
    if not vaut or not constant_time_compare(ligne.lien_empreinte, empreinte_du_jeton(cle)):
        raise Refus("Ce lien a expiré. Demandez un nouveau code.")
    _confirmer(ligne, le)


def poster_un_code(ligne: PreInscription, *, jeton: str, reseau: str, le: datetime) -> None:
    """Poste un nouveau code ; le précédent ne vaut plus. Lève `TropDeDemandes` au-delà des essais permis (R21, T9)."""
    limiter("code", reseau=reseau, courriel=ligne.courriel, le=le)
    code, cle = nouveau_code(), nouveau_jeton()
    ligne.code_empreinte, ligne.lien_empreinte = empreinte_du_code(code, ligne.pk), empreinte_du_jeton(cle)
    ligne.code_expire_le, ligne.essais_restants = le + DUREE_DU_CODE, ESSAIS
    ligne.save(update_fields=["code_empreinte", "lien_empreinte", "code_expire_le", "essais_restants"])
    emails.envoyer_le_code(ligne, code=code, cle=cle, jeton=jeton, le=le)


@transaction.atomic
def _essayer_le_code(preinscription: PreInscription, code: str, le: datetime) -> str:
    """Raison du refus, ou rien ; l'essai manqué reste compté."""
    ligne = verrouiller_la_saisie(preinscription, le)
    if ligne.confirmee_le:
        return ""
    if not ligne.essais_restants or ligne.code_expire_le is None or le >= ligne.code_expire_le:
        return "Ce code a expiré. Demandez-en un nouveau."
    if constant_time_compare(ligne.code_empreinte, empreinte_du_code(code, ligne.pk)):
        _confirmer(ligne, le)
        return ""
    ligne.essais_restants -= 1
    ligne.save(update_fields=["essais_restants"])
    if not (reste := ligne.essais_restants):
        return "Ce code n’est pas le bon. Demandez-en un nouveau."
    return f"Ce code n’est pas le bon. Il vous reste {reste} essai{'s' if reste > 1 else ''}."


def _confirmer(ligne: PreInscription, le: datetime) -> None:
    ligne.confirmee_le, ligne.code_empreinte, ligne.lien_empreinte = le, "", ""
    ligne.save(update_fields=["confirmee_le", "code_empreinte", "lien_empreinte"])
