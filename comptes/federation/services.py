"""Retrouver, lier ou ouvrir le compte de la personne qu'un guichet a reconnue (R38, R39)."""

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from comptes.federation.models import IdentiteFederee
from comptes.models import Personne
from comptes.rules.identite import Identite
from comptes.services import consigner


@transaction.atomic
def retrouver(*, identite: Identite, le: datetime) -> Personne | None:
    """La personne de cette identité, verrouillée, ou `None` si Passpro ne la connaît pas (R38).

    On la reconnaît à l'identifiant du guichet, puis à son adresse ; l'identifiant peut changer pour une même adresse.
    Le nom et l'adresse suivent ceux du guichet. Un compte fermé n'est rendu à personne, et rien n'y change.
    """
    personne = _par_le_sujet(identite) or _par_l_adresse(identite)
    if personne is None or not personne.is_active:
        return None
    _lier(personne, identite, le)
    _suivre(personne, identite, le)
    return personne


@transaction.atomic
def ouvrir_un_compte(*, identite: Identite, par: Personne | None, le: datetime) -> Personne:
    """Le compte de cette personne, ouvert sans mot de passe s'il n'existe pas, et lié au guichet (R38).

    À n'appeler que si une place vient avec. Rend tel quel un compte fermé, que l'appelant refuse.
    """
    champs = {"prenom": identite.prenom, "nom": identite.nom, "password": make_password(None)}
    connue = _par_le_sujet(identite) or _par_l_adresse(identite)
    personne, nouvelle = (
        (connue, False) if connue else Personne.objects.get_or_create(courriel=identite.courriel, defaults=champs)
    )
    if nouvelle:
        consigner(objet=personne, fait="compte", phrase="Compte ouvert par le guichet de l’académie.", par=par, le=le)
    if personne.is_active:
        _lier(personne, identite, le)
    return personne


def _par_le_sujet(identite: Identite) -> Personne | None:
    lien = IdentiteFederee.objects.filter(emetteur=identite.emetteur, sujet=identite.sujet)
    return Personne.objects.select_for_update(of=("self",)).filter(pk__in=lien.values("personne")).first()


def _par_l_adresse(identite: Identite) -> Personne | None:
    return Personne.objects.select_for_update(of=("self",)).filter(courriel__iexact=identite.courriel).first()


def _lier(personne: Personne, identite: Identite, le: datetime) -> None:
    """Garde ou met à jour l'identifiant de la personne chez ce guichet ; ne fait rien s'il est déjà le sien."""
    lien = IdentiteFederee.objects.filter(personne=personne, emetteur=identite.emetteur).first()
    if lien is not None and lien.sujet == identite.sujet:
        return
    avant = {"guichet": lien.emetteur} if lien else {}
    lien = lien or IdentiteFederee(personne=personne, emetteur=identite.emetteur)
    lien.sujet, lien.liee_le = identite.sujet, le
    lien.save()
    consigner(
        objet=personne,
        fait="identite",
        phrase="Identifiant changé par le guichet." if avant else "Compte lié au guichet de l’académie.",
        par=None,
        le=le,
        avant=avant,
        apres={"guichet": identite.emetteur},
    )


def _suivre(personne: Personne, identite: Identite, le: datetime) -> None:
    """Le nom du compte est celui que dit le guichet ; l'adresse aussi, si aucun autre compte ne l'a."""
    dits = {"prenom": identite.prenom or personne.prenom, "nom": identite.nom}
    if not Personne.objects.filter(courriel__iexact=identite.courriel).exists():
        dits["courriel"] = identite.courriel
    changes = {champ: dit for champ, dit in dits.items() if getattr(personne, champ) != dit}
    if not changes:
        return
    avant = {champ: getattr(personne, champ) for champ in changes}
    for champ, dit in changes.items():
        setattr(personne, champ, dit)
    personne.save(update_fields=list(changes))
    consigner(
        objet=personne,
        fait="identite",
        phrase="Identité mise à jour par le guichet de l’académie.",
        par=None,
        le=le,
        avant=avant,
        apres=changes,
    )
