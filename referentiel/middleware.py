"""Pose sur chaque requête l'instant de sa réception et le périmètre de la personne."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from referentiel.permissions import PERIMETRE_VIDE, Perimetre, perimetre_de


class PerimetreDeLaRequete:
    """`request.le` est pris une fois ; `request.perimetre` n'est lu en base que s'il sert."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.le = timezone.now()
        request.perimetre = SimpleLazyObject(lambda: _perimetre(request))
        return self.get_response(request)


def _perimetre(request: HttpRequest) -> Perimetre:
    return perimetre_de(request.user.pk) if request.user.is_authenticated else PERIMETRE_VIDE
