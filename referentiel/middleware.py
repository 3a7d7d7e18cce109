"""Pose sur chaque requête l'instant de sa réception et le périmètre de la personne."""

from collections.abc import Callable
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from referentiel.permissions import PERIMETRE_VIDE, Perimetre, perimetre_de, peut_administrer


class PerimetreDeLaRequete:
    """`request.recue_le` et `request.le` sont pris une fois ; `request.perimetre` n'est lu en base que s'il sert."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.perimetre = SimpleLazyObject(lambda: _perimetre(request))
        request.recue_le = timezone.now()
        request.le = _instant(request)
        return self.get_response(request)


def _instant(request: HttpRequest) -> datetime:
    """L'heure de la réception ; pour une répétition du SAIO, celle du jour répété."""
    detour = request.detour
    if detour is None or detour.jour is None:
        return request.recue_le
    if not peut_administrer(request.perimetre):
        raise Http404
    return detour.heure_de(request.recue_le)


def _perimetre(request: HttpRequest) -> Perimetre:
    return perimetre_de(request.user.pk) if request.user.is_authenticated else PERIMETRE_VIDE
