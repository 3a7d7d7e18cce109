"""Qui est connecté, durée de vie d'une session, second facteur exigé avant toute page (T5, T7)."""

from collections.abc import Callable
from time import time
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, logout
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from comptes.acteur import pendant
from comptes.federation.porte import MOTEUR as MOTEUR_DES_GUICHETS
from comptes.models import Personne
from comptes.permissions import doit_donner_un_code
from comptes.sessions import DEBUT, VU

RAFRAICHIR_APRES = 300
# Un guichet peut devoir redire qui l'on est avant que le second facteur s'installe.
PAR_UN_GUICHET = {f"referentiel:{pas}_{cle}" for pas in ("depart", "retour") for cle in ("proconnect", "oidc")}
# Ouvertes à tous : qui n'a pas encore de quoi prouver qui il est se fait envoyer un lien.
SANS_SESSION = {"comptes:mot_de_passe_oublie", "comptes:choisir_un_mot_de_passe", "sante", "sante_prete"}
SANS_CODE = frozenset(
    {"comptes:code", "comptes:second_facteur", "comptes:preuve", "comptes:deconnexion"} | SANS_SESSION | PAR_UN_GUICHET
)
# Les moteurs qui ne font, à chaque requête, que relire la personne et refuser un compte fermé.
RELISENT_LA_PERSONNE = frozenset({"django.contrib.auth.backends.ModelBackend", MOTEUR_DES_GUICHETS})


class PersonneConnectee(AuthenticationMiddleware):
    """Prend la personne lue avec la session, si tout ce que Django vérifierait l'est ; sinon, le laisse la chercher."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _personne(request))


def _personne(request: HttpRequest) -> Any:
    if not hasattr(request, "_cached_user") and (lue := _personne_de_la_session(request.session)):
        request._cached_user = lue  # type: ignore[attr-defined]
    return get_user(request)


def _personne_de_la_session(session: Any) -> Personne | None:
    """La personne de la ligne, si c'est bien d'elle que parle la session signée, par un moteur encore admis, que son
    compte est ouvert et son mot de passe le même qu'à la connexion."""
    moteur, lue = session.get(BACKEND_SESSION_KEY), session.personne_lue
    if lue is None or moteur not in RELISENT_LA_PERSONNE or moteur not in settings.AUTHENTICATION_BACKENDS:
        return None
    est_elle = session.get(SESSION_KEY) == str(lue.pk) and lue.is_active
    empreinte = session.get(HASH_SESSION_KEY, "")
    return lue if est_elle and constant_time_compare(empreinte, lue.get_session_auth_hash()) else None


class DureeDeSession:
    """Ferme une session trop longue et prolonge une session active, sans écrire à chaque page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            self._surveiller(request)
        return self.get_response(request)

    def _surveiller(self, request: HttpRequest) -> None:
        maintenant = int(time())
        debut = request.session.setdefault(DEBUT, maintenant)
        if maintenant - debut > settings.DUREE_ABSOLUE:
            logout(request)
        elif maintenant - request.session.get(VU, 0) > RAFRAICHIR_APRES:
            request.session[VU] = maintenant


class RequeteEnCours:
    """Dit au journal de sécurité de qui est la requête en cours, et d'où elle vient."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with pendant(request):
            return self.get_response(request)


class SecondFacteur:
    """Avant le code, une personne qui le doit n'ouvre que la page du code, celle qui l'installe, et la sortie.

    Vient après le périmètre de la requête : c'est lui qui dit qui est du SAIO.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, vue: Any, arguments: Any, parametres: Any) -> HttpResponse | None:
        if request.resolver_match.view_name in SANS_CODE or not doit_donner_un_code(request):
            return None
        page = reverse("comptes:code" if request.user.a_un_second_facteur else "comptes:second_facteur")
        suite = {"next": request.get_full_path()} if request.method in {"GET", "HEAD"} else {}
        return redirect(f"{page}?{urlencode(suite)}" if suite else page)
