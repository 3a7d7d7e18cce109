"""Ce que Passpro écrit à une personne de son compte : un lien, un changement (R38, T7)."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from comptes.models import Personne
from courriers.services import poster


def envoyer_un_lien_de_mot_de_passe(personne: Personne, *, le: datetime) -> None:
    """Un lien qui ne sert qu'une fois ; un nouveau n'ôte rien à l'ancien, le premier mot de passe choisi les éteint."""
    jeton = default_token_generator.make_token(personne)
    cle = urlsafe_base64_encode(force_bytes(personne.pk))
    lien = settings.ADRESSE_PUBLIQUE + reverse("comptes:choisir_un_mot_de_passe", args=[cle, jeton])
    poster(
        cle=f"mot-de-passe:{personne.pk}:{le.isoformat()}",
        nature="mot de passe",
        destinataire=personne.courriel,
        sujet="Passpro\u00a0: choisir un nouveau mot de passe",
        gabarit="courriels/comptes/mot_de_passe",
        contexte={"nom": personne.nom_affiche, "lien": lien, "heures": settings.PASSWORD_RESET_TIMEOUT // 3600},
        le=le,
    )


def confirmer_une_adresse(personne: Personne, *, adresse: str, jeton: str, le: datetime) -> None:
    """Un lien envoyé à l'adresse que la personne veut prendre ; il ne s'ouvre que connecté à son compte."""
    poster(
        cle=f"adresse:{personne.pk}:{le.isoformat()}",
        nature="sécurité",
        destinataire=adresse,
        sujet="Passpro\u00a0: confirmer votre nouvelle adresse",
        gabarit="courriels/comptes/adresse",
        contexte={
            "nom": personne.nom_affiche,
            "lien": settings.ADRESSE_PUBLIQUE + reverse("comptes:confirmer_l_adresse", args=[jeton]),
            "heures": 24,
        },
        le=le,
    )


def annoncer_un_changement(personne: Personne, *, fait: str, phrase: str, le: datetime, adresse: str = "") -> None:
    """Dit à la personne ce qui vient de changer à son compte, pour qu'un autre ne le change pas à son insu."""
    poster(
        cle=f"compte:{personne.pk}:{fait}:{le.isoformat()}",
        nature="sécurité",
        destinataire=adresse or personne.courriel,
        sujet="Passpro\u00a0: un changement sur votre compte",
        gabarit="courriels/comptes/changement",
        contexte={"nom": personne.nom_affiche, "phrase": phrase, "lien": _page("comptes:securite")},
        le=le,
    )


def _page(nom: str) -> str:
    return settings.ADRESSE_PUBLIQUE + reverse(nom)
