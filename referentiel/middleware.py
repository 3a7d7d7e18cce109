"""Pose sur chaque requête l'instant de sa réception et le périmètre de la personne ; inscrit ce qu'elle a lu."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from referentiel.permissions import PERIMETRE_VIDE, Perimetre, perimetre_de, peut_administrer
from referentiel.rules.documents import document_a_noter
from referentiel.services.lectures import (
    DOSSIER_LU,
    noter_le_document_emporte,
    noter_le_dossier_lu,
    noter_les_eleves_trouves,
)


class PerimetreDeLaRequete:
    """`request.recue_le` et `request.le` sont pris une fois ; `request.perimetre` n'est lu en base que s'il sert."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.perimetre = SimpleLazyObject(lambda: _perimetre(request))
        request.recue_le = timezone.now()
        request.le = _instant(request)
        return self.get_response(request)


class LecturesNotees:
    """Inscrit au journal un document emporté, un dossier d'élève ouvert, des noms cherchés : la seule écriture d'une
    lecture (R40, T10).

    Un HEAD ne reçoit rien, il n'écrit rien. L'heure est la vraie, même un jour répété.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        reponse = self.get_response(request)
        espace = getattr(request, "espace", None)
        if espace is not None and request.method != "HEAD" and reponse.status_code == HTTPStatus.OK:
            _noter_la_lecture(request, reponse, espace.place.uai)
        return reponse


def _noter_la_lecture(request: HttpRequest, reponse: HttpResponse, uai: str) -> None:
    eleve = getattr(request, "eleve_lu", None)
    quoi = document_a_noter(request.resolver_match.view_name) if reponse.has_header("Content-Disposition") else ""
    if quoi:
        noter_le_document_emporte(quoi=quoi, uai=uai, par=request.user, le=request.recue_le, eleve=eleve)
    elif eleve is not None:
        phrase = getattr(request, "phrase_lue", DOSSIER_LU)
        noter_le_dossier_lu(eleve=eleve, uai=uai, par=request.user, le=request.recue_le, phrase=phrase)
    elif trouves := getattr(request, "eleves_trouves", None):
        academie = request.espace.place.academie
        noter_les_eleves_trouves(eleves=trouves, academie=academie, par=request.user, le=request.recue_le)


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
