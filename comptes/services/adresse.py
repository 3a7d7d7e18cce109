"""Changer soi-même l'adresse de son compte : elle se prouve par un lien qu'elle seule reçoit (R38, T6, T7, T9)."""

from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction

from comptes import emails
from comptes.federation.models import IdentiteFederee
from comptes.models import Personne
from comptes.rules import Limite, RefusDeCompte
from comptes.services.historique import consigner
from comptes.services.limites import limiter

DEMANDES_D_ADRESSE = Limite("adresse", 3)
DUREE_DU_LIEN = timedelta(hours=24)
SEL = "comptes.adresse"
LIEN_ETEINT = "Ce lien ne vaut plus, ou il est celui d’un autre compte. Demandez de nouveau le changement d’adresse."
DU_GUICHET = "Votre adresse vient du guichet de l’académie\u00a0: c’est là qu’elle se change."


def pourquoi_pas_d_autre_adresse(personne: Personne) -> str | None:
    """Raison pour laquelle cette personne ne change pas son adresse ici, ou `None`."""
    return DU_GUICHET if IdentiteFederee.objects.filter(personne=personne).exists() else None


@transaction.atomic
def demander_une_adresse(*, personne: Personne, adresse: str, par: Personne, le: datetime) -> None:
    """Envoie à `adresse` un lien qui la confirme, et prévient celle d'aujourd'hui ; rien ne change encore.

    Une adresse qui a déjà un compte ne reçoit rien, et la réponse est la même (T9). Lève `RefusDeCompte` si l'adresse
    est déjà celle du compte ou vient d'un guichet, `TropDEssais`.
    """
    limiter(limite=DEMANDES_D_ADRESSE, cle=str(personne.pk), le=le)
    if raison := pourquoi_pas_d_autre_adresse(personne):
        raise RefusDeCompte(raison)
    if adresse.casefold() == personne.courriel.casefold():
        raise RefusDeCompte("C’est déjà l’adresse de votre compte.")
    consigner(
        objet=personne,
        fait="adresse_demandee",
        phrase="Changement d’adresse demandé.",
        par=par,
        le=le,
        apres={"courriel": adresse},
    )
    phrase = f"Un changement d’adresse est demandé\u00a0: {adresse}. Rien ne change tant qu’elle n’est pas confirmée."
    emails.annoncer_un_changement(personne, fait="adresse_demandee", phrase=phrase, le=le)
    if not Personne.objects.filter(courriel__iexact=adresse).exists():
        jeton = signing.dumps([personne.pk, personne.courriel, adresse], salt=SEL)
        emails.confirmer_une_adresse(personne, adresse=adresse, jeton=jeton, le=le)


def adresse_a_confirmer(*, personne: Personne, jeton: str) -> str | None:
    """L'adresse que ce lien propose à cette personne ; `None` s'il est faux, échu, déjà suivi, ou à un autre compte."""
    try:
        cle, ancienne, adresse = signing.loads(jeton, salt=SEL, max_age=DUREE_DU_LIEN)
    except (signing.BadSignature, ValueError):
        return None
    return adresse if (cle, ancienne) == (personne.pk, personne.courriel) else None


@transaction.atomic
def changer_d_adresse(*, personne: Personne, jeton: str, par: Personne, le: datetime) -> Personne:
    """Donne au compte l'adresse que le lien confirme, et prévient l'ancienne (R39).

    Lève `RefusDeCompte` si le lien ne vaut plus ou si un autre compte a pris l'adresse entre-temps.
    """
    ligne = Personne.objects.select_for_update(of=("self",)).get(pk=personne.pk)
    adresse, ancienne = adresse_a_confirmer(personne=ligne, jeton=jeton), ligne.courriel
    prise = adresse is not None and Personne.objects.filter(courriel__iexact=adresse).exclude(pk=ligne.pk).exists()
    if adresse is None or prise or pourquoi_pas_d_autre_adresse(ligne):
        raise RefusDeCompte(LIEN_ETEINT)
    ligne.courriel = adresse
    ligne.save(update_fields=["courriel"])
    consigner(
        objet=ligne,
        fait="adresse",
        phrase="Adresse du compte changée.",
        par=par,
        le=le,
        avant={"courriel": ancienne},
        apres={"courriel": adresse},
    )
    phrase = f"L’adresse de votre compte est désormais {adresse}."
    emails.annoncer_un_changement(ligne, fait="adresse", phrase=phrase, le=le, adresse=ancienne)
    return ligne
