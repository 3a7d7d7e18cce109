"""Le moteur des sessions ouvertes par un guichet, et les boutons qui y mènent."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django.urls import reverse

from comptes.federation.arena import EMETTEUR
from comptes.federation.models import IdentiteFederee
from comptes.federation.oidc import REDEMANDER
from comptes.federation.session import connexion_de
from comptes.models import Personne

MOTEUR = "comptes.federation.porte.ParUnGuichet"
AIDE_D_ARENA = "Vous utilisez déjà le portail ARENA pour vos applications professionnelles."
AIDES = {"proconnect": ("Qu’est-ce que ProConnect\u00a0?", "https://www.proconnect.gouv.fr/")}


class ParUnGuichet(ModelBackend):
    """Relit la personne à chaque requête, compte fermé compris ; ne reconnaît personne à un mot de passe."""

    def authenticate(self, request: HttpRequest | None, **kwargs: object) -> None:
        """Un guichet a déjà prouvé l'identité : rien ne se présente ici."""


@dataclass(frozen=True, slots=True)
class Bouton:
    """Un bouton du premier bloc de la page de connexion (écran C1)."""

    url: str
    libelle: str
    aide: str = ""
    aide_url: str = ""


def boutons(suite: str) -> list[Bouton]:
    """Les guichets déclarés ; `suite` est l'adresse, de ce site, où aller ensuite."""
    fin = f"?{urlencode({'next': suite})}" if suite else ""
    du_portail = []
    if settings.ARENA is not None:
        url = settings.ARENA.portail or reverse("referentiel:arena") + fin
        du_portail = [Bouton(url, "Se connecter avec ARENA", AIDE_D_ARENA)]
    return du_portail + [
        Bouton(reverse(f"referentiel:depart_{cle}") + fin, f"Se connecter avec {reglages.nom}", *AIDES.get(cle, ()))
        for cle, reglages in settings.FOURNISSEURS_D_IDENTITE.items()
    ]


def bouton_de_preuve(request: HttpRequest, suite: str) -> Bouton | None:
    """De quoi redemander au fournisseur de cette session qui l'on est (T7) ; `None` s'il n'y en a pas.

    ARENA ne le sait pas : son portail pose la même identité tant que sa session dure.
    """
    connexion = connexion_de(request)
    reglages = settings.FOURNISSEURS_D_IDENTITE.get(connexion.guichet) if connexion else None
    if connexion is None or reglages is None:
        return None
    fin = urlencode({REDEMANDER: "1"} | ({"next": suite} if suite else {}))
    return Bouton(f"{reverse(f'referentiel:depart_{connexion.guichet}')}?{fin}", f"Confirmer avec {reglages.nom}")


def origine_de_l_identite(personne: Personne) -> str:
    """« d'ARENA » ou « du guichet de l'académie », d'où viennent le nom et l'adresse ; « » pour un compte Passpro."""
    emetteurs = set(IdentiteFederee.objects.filter(personne=personne).values_list("emetteur", flat=True))
    if not emetteurs:
        return ""
    return "d’ARENA" if EMETTEUR in emetteurs else "du guichet de l’académie"
