"""À l'ouverture d'une session, ce qui la date ; et ce que le journal de sécurité apprend sans qu'on le lui dise :
connexions, mots de passe, seconds facteurs, comptes (T5, T7, R40)."""

from collections.abc import Iterator
from time import time
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from comptes.acteur import acteur
from comptes.federation.porte import MOTEUR
from comptes.models import Personne
from comptes.preuve import PREUVE
from comptes.rules import dire_l_appareil
from comptes.services.journal import Nature, empreinte_de_l_identifiant, journaliser
from comptes.sessions import APPAREIL, DEBUT, VU

ETATS_DU_COMPTE = {
    "is_active": ("Compte rouvert", "Compte désactivé"),
    "is_staff": ("Accès à l’administration donné", "Accès à l’administration retiré"),
    "is_superuser": ("Administration générale donnée", "Administration générale retirée"),
    "second_facteur_le": ("Second facteur posé", "Second facteur retiré"),
}


@receiver(user_logged_in, dispatch_uid="comptes.dater_la_session")
def dater_la_session(sender: Any, request: HttpRequest, **suite: Any) -> None:
    maintenant = int(time())
    session = request.session
    session[DEBUT] = session[VU] = maintenant
    # Un guichet laisse entrer sur une session ouverte depuis le matin : il ne prouve rien de récent (T7).
    if session[BACKEND_SESSION_KEY] != MOTEUR:
        session[PREUVE] = maintenant
    session[APPAREIL] = dire_l_appareil(request.META.get("HTTP_USER_AGENT", ""))


@receiver(user_logged_in)
def noter_la_connexion(user: Personne, **_: Any) -> None:
    journaliser(nature=Nature.CONNEXION, phrase="Connexion.", par=user, le=timezone.now())


@receiver(user_logged_out)
def noter_la_deconnexion(user: Personne | None, **_: Any) -> None:
    if user is not None:
        journaliser(nature=Nature.DECONNEXION, phrase="Déconnexion.", par=user, le=timezone.now())


@receiver(user_login_failed)
def noter_le_refus(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Rien de ce qui fut tapé n'est gardé ; la même requête part, que l'adresse soit connue ou non (T2, T6)."""
    saisi = str(credentials.get("username") or credentials.get(Personne.USERNAME_FIELD) or "")
    journaliser(
        nature=Nature.CONNEXION_REFUSEE,
        phrase="Connexion refusée.",
        par=Personne.objects.filter(courriel__iexact=saisi.strip()[:254]).first(),
        le=timezone.now(),
        details={"identifiant": empreinte_de_l_identifiant(saisi)},
    )


@receiver(pre_save, sender=Personne)
def retenir_l_etat_du_compte(instance: Personne, update_fields: Any = None, **_: Any) -> None:
    """L'état du compte avant l'écriture, si elle peut le changer."""
    touches = set(ETATS_DU_COMPTE) & set(update_fields) if update_fields is not None else set(ETATS_DU_COMPTE)
    avant = (
        Personne.objects.filter(pk=instance.pk).values(*ETATS_DU_COMPTE).first() if touches and instance.pk else None
    )
    instance.etat_d_avant = avant


@receiver(post_save, sender=Personne)
def noter_ce_qui_change_du_compte(instance: Personne, created: bool, **_: Any) -> None:
    """Un mot de passe choisi, un compte ouvert, fermé, ou qui reçoit l'administration."""
    for nature, phrase in _du_compte(instance, created):
        journaliser(nature=nature, phrase=phrase, le=timezone.now(), objet=instance)
    # `_password` ne porte un texte que si un mot de passe vient d'être choisi, pas si son empreinte se rafraîchit.
    if not created and instance._password is not None:
        journaliser(
            nature=Nature.MOT_DE_PASSE,
            phrase="Mot de passe changé.",
            par=acteur().personne or instance,
            le=timezone.now(),
            objet=instance,
        )


def _du_compte(instance: Personne, created: bool) -> Iterator[tuple[Nature, str]]:
    if created:
        yield Nature.COMPTE, f"Compte ouvert\u00a0: {instance.nom_affiche}."
        return
    avant = getattr(instance, "etat_d_avant", None) or {}
    for champ, (donne, retire) in ETATS_DU_COMPTE.items():
        valeur = getattr(instance, champ)
        if champ in avant and avant[champ] != valeur:
            nature = Nature.SECOND_FACTEUR if champ == "second_facteur_le" else Nature.COMPTE
            yield nature, f"{donne if valeur else retire}\u00a0: {instance.nom_affiche}."
