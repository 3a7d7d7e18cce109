"""Le second facteur : une application de codes, et des codes de secours (R38, T7).

`Personne.second_facteur_le` dit qu'une application est confirmée ; il s'écrit dans la même transaction qu'elle. Des
codes de secours, la base ne garde que l'empreinte.
"""

import secrets
from datetime import datetime

from django.db import transaction
from django.utils.crypto import salted_hmac
from django_otp import verify_token
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from comptes import emails
from comptes.models import Personne, Session
from comptes.rules import (
    ALPHABET_DES_CODES,
    CODES_DE_SECOURS,
    LONGUEUR_D_UN_CODE,
    Limite,
    RefusDeCompte,
    code_au_propre,
    est_un_code_d_application,
)
from comptes.services.historique import consigner
from comptes.services.journal import Nature, journaliser
from comptes.services.limites import exiger_des_essais, noter_une_tentative

ESSAIS_DE_CODE = Limite("second_facteur", 10)
CODE_FAUX = "Ce code n’est pas le bon, ou il a déjà servi. Attendez le suivant, puis recommencez."


@transaction.atomic
def preparer_un_facteur(*, personne: Personne, deja: int | None = None) -> TOTPDevice:
    """L'application à confirmer. `deja` désigne celle que cette session a déjà préparée : elle la retrouve.

    Celle d'une autre session ne se confirme jamais : un mot de passe volé en aurait lu le secret d'avance.
    """
    ligne = _verrouiller(personne)
    if attente := appareil_a_confirmer(ligne, deja):
        return attente
    TOTPDevice.objects.filter(user=ligne, confirmed=False).delete()
    return TOTPDevice.objects.create(user=ligne, name="Application de codes", confirmed=False)


def confirmer_le_facteur(
    *, personne: Personne, prepare: int | None, code: str, le: datetime
) -> tuple[Device, list[str]]:
    """Confirme l'application préparée par un de ses codes ; rend l'appareil et les codes de secours, montrés cette
    fois seule.

    Remplace l'application et les codes d'avant. Lève `RefusDeCompte` si le code est faux, `TropDEssais`.
    """
    exiger_des_essais(limite=ESSAIS_DE_CODE, cle=str(personne.pk), le=le)
    attente = appareil_a_confirmer(personne, prepare)
    appareil = verify_token(personne, attente.persistent_id, code_au_propre(code)) if attente else None
    if appareil is None:
        noter_une_tentative(limite=ESSAIS_DE_CODE, cle=str(personne.pk), le=le)
        raise RefusDeCompte(CODE_FAUX)
    return appareil, _retenir(personne, appareil, le)


def verifier_un_code(*, personne: Personne, code: str, le: datetime) -> Device | None:
    """L'appareil que ce code prouve, `None` s'il est faux ; un code ne sert qu'une fois. Lève `TropDEssais` (T6)."""
    exiger_des_essais(limite=ESSAIS_DE_CODE, cle=str(personne.pk), le=le)
    propre = code_au_propre(code)
    d_application = est_un_code_d_application(propre)
    modele, jeton = (TOTPDevice, propre) if d_application else (StaticDevice, _empreinte(personne, propre))
    appareil = _essayer(modele, personne, jeton)
    if appareil is None:
        noter_une_tentative(limite=ESSAIS_DE_CODE, cle=str(personne.pk), le=le)
        journaliser(nature=Nature.SECOND_FACTEUR, phrase="Code refusé.", par=personne, le=le)
    elif not d_application:
        _dire_qu_un_code_a_servi(personne, le)
    return appareil


@transaction.atomic
def renouveler_les_codes(*, personne: Personne, par: Personne, le: datetime) -> list[str]:
    """Donne dix nouveaux codes de secours ; les anciens ne valent plus. Lève `RefusDeCompte` sans second facteur."""
    ligne = _verrouiller(personne)
    if not ligne.a_un_second_facteur:
        raise RefusDeCompte("Activez d’abord le second facteur.")
    codes = _poser_des_codes(ligne)
    consigner(objet=ligne, fait="codes_de_secours", phrase="Codes de secours renouvelés.", par=par, le=le)
    emails.annoncer_un_changement(ligne, fait="codes", phrase="Vos codes de secours ont été renouvelés.", le=le)
    return codes


@transaction.atomic
def retirer_le_facteur(*, personne: Personne, par: Personne, le: datetime, motif: str = "") -> None:
    """Retire l'application et les codes de la personne, la prévient et ferme ses sessions si un autre l'a fait (T7).

    Lève `RefusDeCompte` si elle n'a pas de second facteur.
    """
    ligne = _verrouiller(personne)
    if not ligne.a_un_second_facteur:
        raise RefusDeCompte("Cette personne n’a pas de second facteur.")
    for modele in (TOTPDevice, StaticDevice):
        modele.objects.filter(user=ligne).delete()
    ligne.second_facteur_le = None
    ligne.save(update_fields=["second_facteur_le"])
    if par.pk != ligne.pk:
        Session.objects.filter(personne=ligne).delete()
    consigner(
        objet=ligne, fait="facteur_retire", phrase="Second facteur retiré.", par=par, le=le, apres={"motif": motif}
    )
    qui = "Vous avez retiré" if par.pk == ligne.pk else f"{par.nom_affiche} a réinitialisé, à votre demande,"
    emails.annoncer_un_changement(ligne, fait="facteur", phrase=f"{qui} le second facteur de votre compte.", le=le)


def appareil_a_confirmer(personne: Personne, prepare: int | None) -> TOTPDevice | None:
    """L'application que désigne `prepare`, si elle est encore à confirmer."""
    return TOTPDevice.objects.filter(user=personne.pk, confirmed=False, pk=prepare).first()


def codes_restants(personne: Personne) -> int:
    """Nombre de codes de secours qui servent encore."""
    return StaticToken.objects.filter(device__user=personne.pk).count()


@transaction.atomic
def _retenir(personne: Personne, appareil: TOTPDevice, le: datetime) -> list[str]:
    ligne = _verrouiller(personne)
    # Une autre session a pu en préparer une autre entre-temps, qui efface celle-ci.
    if not TOTPDevice.objects.filter(pk=appareil.pk).update(confirmed=True):
        raise RefusDeCompte(CODE_FAUX)
    TOTPDevice.objects.filter(user=ligne).exclude(pk=appareil.pk).delete()
    codes = _poser_des_codes(ligne)
    ligne.second_facteur_le = le
    ligne.save(update_fields=["second_facteur_le"])
    consigner(objet=ligne, fait="facteur", phrase="Second facteur activé.", par=ligne, le=le)
    phrase = "Le second facteur de votre compte vient d’être activé."
    emails.annoncer_un_changement(ligne, fait="facteur", phrase=phrase, le=le)
    return codes


def _poser_des_codes(personne: Personne) -> list[str]:
    StaticDevice.objects.filter(user=personne).delete()
    carnet = StaticDevice.objects.create(user=personne, name="Codes de secours", confirmed=True)
    codes = [_tirer_un_code() for _ in range(CODES_DE_SECOURS)]
    StaticToken.objects.bulk_create(StaticToken(device=carnet, token=_empreinte(personne, code)) for code in codes)
    milieu = LONGUEUR_D_UN_CODE // 2
    return [f"{code[:milieu]}-{code[milieu:]}" for code in codes]


def _tirer_un_code() -> str:
    return "".join(secrets.choice(ALPHABET_DES_CODES) for _ in range(LONGUEUR_D_UN_CODE))


def _essayer(modele: type[Device], personne: Personne, code: str) -> Device | None:
    appareil = modele.objects.filter(user=personne.pk, confirmed=True).first()
    return verify_token(personne, appareil.persistent_id, code) if appareil else None


@transaction.atomic
def _dire_qu_un_code_a_servi(personne: Personne, le: datetime) -> None:
    reste = codes_restants(personne)
    restants = f"il en reste {reste}" if reste else "il n’en reste aucun"
    consigner(objet=personne, fait="code_de_secours", phrase="Un code de secours a servi.", par=personne, le=le)
    phrase = f"Un code de secours vient d’ouvrir votre compte\u00a0: {restants}."
    emails.annoncer_un_changement(personne, fait="code_de_secours", phrase=phrase, le=le)


def _verrouiller(personne: Personne) -> Personne:
    return Personne.objects.select_for_update(of=("self",)).get(pk=personne.pk)


def _empreinte(personne: Personne, code: str) -> str:
    """Seize caractères, ce que garde la bibliothèque : soixante-quatre bits, plus que n'en porte un code."""
    cle = f"{personne.pk}:{code}"
    return salted_hmac("comptes.codes_de_secours", cle, algorithm="sha256").hexdigest()[:16]
