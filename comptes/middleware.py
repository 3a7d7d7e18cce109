"""Durée de vie d'une session : quatre heures d'inactivité, douze heures en tout."""

from collections.abc import Callable
from time import time

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from comptes.acteur import pendant
from comptes.sessions import DEBUT, VU

RAFRAICHIR_APRES = 300


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
