"""Ce que partagent les pages ouvertes à tous : la campagne qu'elles montrent, leurs liens, leur durée de garde."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import get_script_prefix, reverse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers, set_response_etag
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from referentiel.campagnes_lues import ACADEMIES, campagne_a_montrer
from referentiel.models import Academie, Campagne

# Une minute suffit à ce qu'une académie entière ouvre la même page sans la faire refaire à chaque fois.
GARDE = 60
TEMOINS_PERSONNELS = (settings.SESSION_COOKIE_NAME, "messages")


def page_publique(vue: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Sert une page publique : gardée une minute puis revalidée pour qui passe, jamais gardée pour qui est connecté.

    Ce que la vue dit de ne pas garder, un document qui se prépare par exemple, ne l'est pour personne.
    """

    @require_safe
    @wraps(vue)
    def servie(request: HttpRequest, *arguments: Any, **parametres: Any) -> HttpResponse:
        reponse = vue(request, *arguments, **parametres)
        patch_vary_headers(reponse, ["Cookie"])
        if not _est_anonyme(request) or "no-store" in reponse.get("Cache-Control", ""):
            patch_cache_control(reponse, private=True, no_store=True)
            return reponse
        patch_cache_control(reponse, public=True, max_age=GARDE)
        if reponse.status_code != 200:
            return reponse
        set_response_etag(reponse)
        return get_conditional_response(request, etag=reponse["ETag"], response=reponse)

    return servie


def _est_anonyme(request: HttpRequest) -> bool:
    """Vrai si rien, dans la requête, ne peut rendre la page personnelle."""
    return not any(nom in request.COOKIES for nom in TEMOINS_PERSONNELS) and not request.user.is_authenticated


def campagne_publique(request: HttpRequest) -> Campagne | None:
    """La campagne de l'académie demandée ; à défaut, celle de la personne connectée, puis la première ouverte."""
    code = academie_demandee(request) or _academie_de_la_personne(request)
    campagne = campagne_a_montrer(code, le=request.le, annee=_annee(request))
    request.campagnes_publiques = [campagne] if campagne else []
    return campagne


def campagne_ou_404(request: HttpRequest) -> Campagne:
    campagne = campagne_publique(request)
    if campagne is None:
        raise Http404
    return campagne


def sans_campagne(request: HttpRequest, titre: str) -> HttpResponse:
    contexte = {"titre": titre, "academies": liens_des_academies(request, None), "demandee": academie_demandee(request)}
    return render(request, "referentiel/sans_campagne.html", contexte)


def academie_demandee(request: HttpRequest) -> str:
    return _au_propre(request.GET.get("academie", ""))


@lru_cache(maxsize=64)
def _au_propre(code: str) -> str:
    return slugify(code)[:20]


def suffixe(request: HttpRequest) -> str:
    """Ce qui, à la fin d'une adresse, garde l'académie demandée."""
    code = academie_demandee(request)
    return f"?academie={code}" if code else ""


def adresse_publique(request: HttpRequest, nom: str, *arguments: str) -> str:
    """Adresse d'une page du catalogue, qui garde l'académie demandée."""
    return adresses_publiques(request)(nom, *arguments)


def adresses_publiques(request: HttpRequest) -> Callable[..., str]:
    """Comme `adresse_publique`, pour toutes celles d'une page."""
    racine, fin = get_script_prefix(), suffixe(request)
    return lambda nom, *arguments: _adresse(racine, nom, arguments) + fin


@lru_cache(maxsize=4096)
def _adresse(racine: str, nom: str, arguments: tuple[str, ...]) -> str:
    """Une page du catalogue en écrit plus de cent, toujours les mêmes ; `racine` est celle d'un détour, s'il y en a."""
    return reverse(f"referentiel:{nom}", args=arguments)


def liens_des_academies(request: HttpRequest, montree: Academie | None) -> list[dict[str, Any]]:
    """Les académies qui ont une campagne à montrer, chacune avec l'adresse de cette page chez elle."""
    return [
        {
            "libelle": academie.nom,
            "url": f"{request.path}?academie={academie.code}",
            "courante": academie == montree,
        }
        for academie in ACADEMIES.lire(annee=_annee(request))
    ]


def _annee(request: HttpRequest) -> int | None:
    return request.detour.annee if request.detour else None


def _academie_de_la_personne(request: HttpRequest) -> str:
    place = next(iter(request.perimetre.places), None)
    return place.academie.code if place else ""
