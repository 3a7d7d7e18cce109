"""Une session ouverte par ARENA s'arrête avec l'identité que le portail y met (T4)."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from comptes.federation.arena import est_encore
from comptes.federation.session import ARENA, connexion_de


class SessionDArena:
    """Ferme la session à la première requête où l'en-tête manque ou nomme quelqu'un d'autre.

    Ne vaut que si le portail pose ses en-têtes à chaque requête (`ARENA_A_CHAQUE_REQUETE`). Une session ouverte par
    ARENA se ferme aussi quand le portail n'est plus déclaré.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and self._est_finie(request):
            logout(request)
        return self.get_response(request)

    def _est_finie(self, request: HttpRequest) -> bool:
        connexion = connexion_de(request)
        if connexion is None or connexion.guichet != ARENA:
            return False
        reglages = settings.ARENA
        if reglages is None:
            return True
        return reglages.a_chaque_requete and not est_encore(request, reglages, connexion.sujet)
