"""Les portes des espaces : qui entre, au nom de quel établissement, dans quelle campagne (R36, R37).

Une vue d'espace s'écrit `@dans_l_origine def vue(request, espace, …)`. L'établissement est dans l'adresse ;
pour qui n'y a pas de place, la page n'existe pas (404).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control

from referentiel.models import Academie, Campagne, Etablissement
from referentiel.permissions import Cote, Perimetre, Place, peut_observer
from referentiel.rules.calendrier import LIBELLES
from referentiel.rules.refus import PeriodeClose
from referentiel.rules.saisie import saisie_a_recopier


@dataclass(frozen=True, slots=True)
class Espace:
    """L'établissement au nom duquel on agit, la place qu'on y a, et la campagne."""

    cote: Cote
    place: Place
    etablissement: Etablissement
    campagne: Campagne
    le: datetime


@dataclass(frozen=True, slots=True)
class EspaceAcademique:
    """L'académie que l'on suit, et sa campagne."""

    place: Place
    academie: Academie
    campagne: Campagne
    perimetre: Perimetre
    le: datetime

    cote = "academie"


def dans_l_origine(vue: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Ouvre la vue aux personnes de l'établissement d'origine `uai` ; lui passe son `Espace`."""
    return _dans_un_etablissement(vue, Cote.ORIGINE)


def dans_l_accueil(vue: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Ouvre la vue aux personnes de l'établissement d'accueil `uai` ; lui passe son `Espace`."""
    return _dans_un_etablissement(vue, Cote.ACCUEIL)


def dans_l_academie(vue: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Ouvre la vue au SAIO et à l'observation ; lui passe son `EspaceAcademique`."""

    @login_required
    @wraps(vue)
    def porte(request: HttpRequest, **parametres: Any) -> HttpResponse:
        if not peut_observer(request.perimetre):
            raise Http404
        place = next(p for p in request.perimetre.places if p.etablissement is None)
        campagne = _campagne(request, place.academie)
        espace = EspaceAcademique(place, place.academie, campagne, request.perimetre, request.le)
        return _servir(vue, request, espace, parametres)

    return porte


def exiger(droit: bool) -> None:
    """Lève `PermissionDenied` (page 403) si le droit demandé n'est pas là."""
    if not droit:
        raise PermissionDenied


def _dans_un_etablissement(vue: Callable[..., HttpResponse], cote: Cote) -> Callable[..., HttpResponse]:
    @login_required
    @wraps(vue)
    def porte(request: HttpRequest, uai: str, **parametres: Any) -> HttpResponse:
        place = request.perimetre.place(uai, cote)
        if place is None or place.etablissement is None:
            raise Http404
        espace = Espace(cote, place, place.etablissement, _campagne(request, place.academie), request.le)
        return _servir(vue, request, espace, parametres)

    return porte


def _campagne(request: HttpRequest, academie: Academie) -> Campagne:
    """La campagne courante de l'académie, ou celle de l'année que demande l'adresse (R1)."""
    campagne = Campagne.objects.courante(academie, annee=request.detour.annee if request.detour else None)
    if campagne is None:
        raise Http404
    return campagne


def _servir(vue: Callable[..., HttpResponse], request: HttpRequest, espace: Any, parametres: dict) -> HttpResponse:
    """Sert la page, qu'aucun cache ne garde (T20)."""
    request.espace = espace
    try:
        reponse = vue(request, espace, **parametres)
    except PeriodeClose as fermeture:
        reponse = _etape_close(request, fermeture)
    patch_cache_control(reponse, private=True, no_store=True)
    return reponse


def _etape_close(request: HttpRequest, fermeture: PeriodeClose) -> HttpResponse:
    """Page E5 : la date limite, et ce qui était saisi, à recopier (R4)."""
    contexte = {
        "titre": f"{LIBELLES[fermeture.nature]}\u00a0: étape close",
        "phrase": str(fermeture),
        "saisie": saisie_a_recopier(request.POST),
    }
    return render(request, "erreurs/etape_close.html", contexte)
