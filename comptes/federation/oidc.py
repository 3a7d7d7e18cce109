"""OpenID Connect, par mozilla-django-oidc : partir vers le fournisseur, vérifier ce qu'il rend (R38).

La bibliothèque part et échange le code ; ici s'ajoutent l'émetteur, le destinataire, les dates et le lien entre le
jeton et les informations de la personne, qu'elle ne vérifie pas, et les clés sans `kid`, qu'elle ne lit pas. Personne
n'est connecté ici.
"""

import json
from dataclasses import dataclass, replace
from time import time
from typing import Any
from urllib.parse import urlencode

import jwt
import requests
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.views import OIDCAuthenticationRequestView

from comptes.federation.reglages import ReglagesOidc
from comptes.rules import fim
from comptes.rules.identite import Identite, IdentiteRefusee, PreuveManquante, porte_un_second_facteur

ETATS = "oidc_states"
SUITE = "oidc_login_next"
DELAI = 10
TOLERANCE = 60
DUREE_D_UN_ETAT = 15 * 60
# Dans l'adresse du départ et dans l'état gardé : on est déjà connecté, et l'on redemande qui l'on est (T7).
REDEMANDER = "preuve"
# Sans `auth_time`, rien ne dit que le fournisseur a redemandé quoi que ce soit.
NOUVELLE_PREUVE = {
    "prompt": "login",
    "max_age": "0",
    "claims": json.dumps({"id_token": {"auth_time": {"essential": True}}}),
}
# Une réponse mal faite ou mal signée, un fournisseur qui ne répond pas : ce n'est jamais une erreur de Passpro.
FAUTES = (
    SuspiciousOperation,
    jwt.PyJWTError,
    requests.RequestException,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
)


@dataclass(frozen=True, slots=True)
class Preuve:
    """Ce que le fournisseur a rendu, signatures vérifiées.

    `donnee_le` est l'instant, en secondes, où la personne s'est vraiment authentifiée chez lui, s'il le dit ;
    `redemandee`, vrai si l'on était parti le lui redemander.
    """

    identite: Identite
    second_facteur: bool
    jeton: str
    donnee_le: int | None = None
    redemandee: bool = False


def reglages_de(fournisseur: str) -> ReglagesOidc:
    """Réglages d'un fournisseur déclaré ; 404 s'il ne l'est pas."""
    reglages = settings.FOURNISSEURS_D_IDENTITE.get(fournisseur)
    if reglages is None:
        raise Http404
    return reglages


def _pour_la_bibliotheque(fournisseur: str, reglages: ReglagesOidc) -> dict[str, Any]:
    return {
        "OIDC_OP_AUTHORIZATION_ENDPOINT": reglages.autorisation,
        "OIDC_OP_TOKEN_ENDPOINT": reglages.jeton,
        "OIDC_OP_USER_ENDPOINT": reglages.identite,
        "OIDC_OP_JWKS_ENDPOINT": reglages.cles,
        "OIDC_RP_CLIENT_ID": reglages.client,
        "OIDC_RP_CLIENT_SECRET": reglages.secret,
        "OIDC_RP_SIGN_ALGO": reglages.algorithme,
        "OIDC_RP_SCOPES": reglages.portees,
        "OIDC_AUTHENTICATION_CALLBACK_URL": f"referentiel:retour_{fournisseur}",
        "OIDC_USE_PKCE": True,
        "OIDC_TIMEOUT": DELAI,
        "OIDC_AUTH_REQUEST_EXTRA_PARAMS": {"acr_values": reglages.acr_demande} if reglages.acr_demande else {},
    }


class Depart(OIDCAuthenticationRequestView):
    """Envoie vers le fournisseur avec un état, un nonce et un défi PKCE propres à cette demande."""

    fournisseur = ""

    def get_settings(self, attr: str, *args: Any) -> Any:
        choisis = _pour_la_bibliotheque(self.fournisseur, reglages_de(self.fournisseur))
        return choisis[attr] if attr in choisis else OIDCAuthenticationRequestView.get_settings(attr, *args)

    def get(self, request: HttpRequest) -> HttpResponse:
        deja = set(request.session.get(ETATS) or {})
        reponse = super().get(request)
        if REDEMANDER in request.GET:
            for etat in set(request.session[ETATS]) - deja:
                request.session[ETATS][etat][REDEMANDER] = True
        return reponse

    def get_extra_params(self, request: HttpRequest) -> dict[str, str]:
        redemandes = NOUVELLE_PREUVE if REDEMANDER in request.GET else {}
        return {**super().get_extra_params(request), **redemandes}


class Fournisseur(OIDCAuthenticationBackend):
    """Le dialogue avec un fournisseur ; rend une `Preuve`, jamais un compte."""

    def __init__(self, fournisseur: str) -> None:
        self.reglages = reglages_de(fournisseur)
        self.choisis = _pour_la_bibliotheque(fournisseur, self.reglages)
        super().__init__()

    def get_settings(self, attr: str, *args: Any) -> Any:
        return self.choisis[attr] if attr in self.choisis else OIDCAuthenticationBackend.get_settings(attr, *args)

    def prouver(self, request: HttpRequest) -> Preuve:
        """La preuve d'identité que porte ce retour. Lève `IdentiteRefusee`, dont le texte est pour le journal ;
        `PreuveManquante` quand on était parti redemander qui est la personne."""
        etat = _prendre_l_etat(request)
        if REDEMANDER not in etat:
            return self._echanger(request, etat)
        try:
            preuve = self._echanger(request, etat)
        except IdentiteRefusee as refus:
            raise PreuveManquante(str(refus)) from refus
        if preuve.donnee_le is None or preuve.donnee_le < etat["added_on"] - TOLERANCE:
            raise PreuveManquante("le fournisseur n’a pas redemandé qui est la personne")
        return replace(preuve, redemandee=True)

    def _echanger(self, request: HttpRequest, etat: dict[str, Any]) -> Preuve:
        _exiger_un_retour(request, etat)
        try:
            preuve = self.authenticate(request, nonce=etat["nonce"], code_verifier=etat["code_verifier"])
        except FAUTES as faute:
            raise IdentiteRefusee(f"réponse du fournisseur refusée ({type(faute).__name__})") from faute
        if preuve is None:
            raise IdentiteRefusee("le fournisseur n’a rien prouvé")
        return preuve

    def get_or_create_user(self, access_token: str, id_token: str, payload: dict[str, Any]) -> Preuve:
        informations = self.get_userinfo(access_token, id_token, payload)
        if informations.get("sub") != payload["sub"]:
            raise IdentiteRefusee("le jeton et les informations ne disent pas la même personne")
        _exiger_une_adresse_sure(informations)
        self._exiger_un_fournisseur_admis(informations)
        return Preuve(
            identite=_identite(informations, self.reglages),
            second_facteur=porte_un_second_facteur(
                payload.get("acr"), payload.get("amr"), self.reglages.second_facteur
            ),
            jeton=id_token,
            donnee_le=_instant(payload.get("auth_time")),
        )

    def get_userinfo(self, access_token: str, id_token: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Les informations de la personne, signées par le fournisseur ou lues chez lui (jamais les deux à moitié)."""
        reponse = requests.get(
            self.reglages.identite, headers={"Authorization": f"Bearer {access_token}"}, timeout=DELAI
        )
        reponse.raise_for_status()
        if reponse.headers.get("Content-Type", "").lower().startswith("application/jwt"):
            return self._lire(reponse.text, exigees=("iss", "aud", "sub"))
        if self.reglages.identite_signee:
            raise IdentiteRefusee("les informations de la personne ne sont pas signées")
        return dict(reponse.json())

    def verify_token(self, token: str, **kwargs: Any) -> dict[str, Any]:
        """Le jeton d'identité : signature, émetteur, destinataire, dates, nonce."""
        lu = self._lire(token, exigees=("iss", "aud", "sub", "exp", "iat", "nonce"))
        if not kwargs.get("nonce") or lu["nonce"] != kwargs["nonce"]:
            raise SuspiciousOperation("nonce")
        if lu.get("azp", self.reglages.client) != self.reglages.client:
            raise SuspiciousOperation("azp")
        return lu

    def retrieve_matching_jwk(self, token: str) -> jwt.PyJWK:
        """La clé du fournisseur qui a signé ; un jeton sans `kid` se lit s'il n'y en a qu'une de cet algorithme."""
        reponse = requests.get(self.reglages.cles, timeout=DELAI)
        reponse.raise_for_status()
        kid, algorithme = jwt.get_unverified_header(token).get("kid"), self.reglages.algorithme
        cles = [
            cle
            for cle in reponse.json()["keys"]
            if cle.get("use", "sig") == "sig"
            and cle.get("alg", algorithme) == algorithme
            and (kid is None or cle.get("kid") == kid)
        ]
        if len(cles) != 1:
            raise SuspiciousOperation("clé introuvable")
        return jwt.PyJWK(cles[0], algorithm=algorithme)

    def store_tokens(self, access_token: str, id_token: str) -> None:
        """Le jeton d'accès ne sert qu'une fois : rien ne s'en garde."""

    def _lire(self, jeton: str, *, exigees: tuple[str, ...]) -> dict[str, Any]:
        return jwt.decode(
            jeton,
            self.retrieve_matching_jwk(jeton),
            algorithms=[self.reglages.algorithme],
            audience=self.reglages.client,
            issuer=self.reglages.emetteur,
            leeway=TOLERANCE,
            options={"require": list(exigees)},
        )

    def _exiger_un_fournisseur_admis(self, informations: dict[str, Any]) -> None:
        admis = self.reglages.fournisseurs_admis
        if admis and informations.get("idp_id") not in admis:
            raise IdentiteRefusee("ce fournisseur d’identité n’est pas admis")


def adresse_de_fin(reglages: ReglagesOidc, *, jeton: str, suite: str) -> str:
    """Où fermer aussi la session du fournisseur, qui ramène à `suite` ; « » s'il n'en a pas l'adresse."""
    if not reglages.fin:
        return ""
    demande = {"id_token_hint": jeton, "client_id": reglages.client, "post_logout_redirect_uri": suite}
    return f"{reglages.fin}?{urlencode(demande)}"


def _prendre_l_etat(request: HttpRequest) -> dict[str, Any]:
    """L'état de ce retour, ôté de la session : il ne sert qu'une fois, et pas longtemps."""
    etats = dict(request.session.get(ETATS) or {})
    etat = etats.pop(request.GET.get("state", ""), None)
    if etat is None:
        raise IdentiteRefusee("état inconnu")
    request.session[ETATS] = etats
    return etat


def _exiger_un_retour(request: HttpRequest, etat: dict[str, Any]) -> None:
    if request.GET.get("error") or not request.GET.get("code"):
        raise IdentiteRefusee("le fournisseur a refusé")
    if time() - etat["added_on"] > DUREE_D_UN_ETAT:
        raise IdentiteRefusee("état échu")


def _instant(dit: Any) -> int | None:
    """Un instant en secondes ; ce qui n'en est pas un n'est rien."""
    return dit if isinstance(dit, int) and not isinstance(dit, bool) else None


def _exiger_une_adresse_sure(informations: dict[str, Any]) -> None:
    if informations.get("email_verified") is False:
        raise IdentiteRefusee("l’adresse n’est pas vérifiée par le fournisseur")


def _identite(informations: dict[str, Any], reglages: ReglagesOidc) -> Identite:
    """ProConnect dit le nom dans `usual_name`, les autres dans `family_name`. Sans places à donner, rien de plus."""
    connue = {
        "sujet": fim.simple(informations.get("sub")),
        "courriel": fim.simple(informations.get("email")),
        "prenom": _nom(informations, "given_name"),
        "nom": _nom(informations, "usual_name") or _nom(informations, "family_name"),
    }
    attributs = fim.attributs_des_revendications(informations) if reglages.places else {}
    return fim.identite(attributs, emetteur=reglages.emetteur, connue=connue)


def _nom(informations: dict[str, Any], cle: str) -> str:
    """Un nom ou des prénoms, tels qu'ils sont dits ; rien qui décide d'un droit."""
    return " ".join(fim.valeurs(informations.get(cle)))
