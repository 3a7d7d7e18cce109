"""Regarder sans toucher : une campagne passée, ou un autre jour (R1, R4).

« /archives/2017/… » montre les pages d'un espace dans la campagne de 2017. « /repetition/2027-04-30/… » montre au
SAIO ce que chacun verra ce jour-là. Le détour est dans l'adresse : aucun lien ne le perd, deux onglets ne se mêlent
pas, l'horloge des autres ne bouge pas. Rien ne s'écrit par un détour.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import get_script_prefix, reverse, set_script_prefix

from referentiel.rules.dates import PARIS
from referentiel.rules.saisie import saisie_a_recopier

SANS_EFFET = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# Un compte, une équipe, la durée de garde d'une campagne ne sont d'aucune campagne ni d'aucun jour : on en sort.
HORS_DETOUR = (
    "/admin/",
    "/connexion/",
    "/deconnexion/",
    "/mesures/",
    "/compte/notifications/",
    "/compte/adresse/",
    "/compte/preuve/",
    "/compte/mot-de-passe/",
    "/compte/second-facteur/",
    "/mot-de-passe/",
    "/invitation/",
    "/academie/utilisateurs/",
    "/academie/invitations/",
    "/academie/acces-demandes/",
    "/academie/donnees-personnelles/",
)
DEMANDES_D_ACCES = re.compile(r"^/(origine|accueil)/[^/]+/equipe/demandes/")
# Un envoi à la connexion suit son chemin ; à l'administration, il est refusé comme les autres.
ENVOIS_HORS_DETOUR = ("/connexion/", "/deconnexion/")
ARCHIVES = re.compile(r"^/archives/(?P<annee>20\d\d)(?=/)")
PREFIXE = re.compile(r"/(archives/20\d\d|repetition/20\d\d-\d\d-\d\d)(?=/)")
REPETITION = re.compile(r"^/repetition/(?P<jour>20\d\d-\d\d-\d\d)(?=/)")


@dataclass(frozen=True, slots=True)
class Detour:
    """D'où l'on regarde : la campagne de `annee`, ou le jour `jour` ; `prefixe` ouvre les adresses du détour."""

    prefixe: str
    annee: int | None = None
    jour: date | None = None

    def heure_de(self, maintenant: datetime) -> datetime:
        """L'instant que voient les pages : celui de `maintenant`, le jour répété."""
        if self.jour is None:
            return maintenant
        return datetime.combine(self.jour, maintenant.astimezone(PARIS).time(), tzinfo=PARIS)


def hors_detour(request: HttpRequest, adresse: str) -> str:
    """La même adresse, aujourd'hui et dans la campagne en cours."""
    return adresse.replace(request.detour.prefixe, "", 1) if request.detour else adresse


def sans_detour(adresse: str) -> str:
    """La même adresse sans détour : celle qu'un document porte, et que d'autres liront plus tard."""
    return PREFIXE.sub("", adresse, count=1)


def au_jour(request: HttpRequest, jour: date, adresse: str) -> str:
    """La même adresse, le jour répété."""
    racine = _racine(request)
    return f"{racine}/repetition/{jour.isoformat()}{hors_detour(request, adresse).removeprefix(racine)}"


def en_archives(request: HttpRequest, annee: int, adresse: str) -> str:
    """La même adresse, dans la campagne close de cette année."""
    racine = _racine(request)
    return f"{racine}/archives/{annee}{hors_detour(request, adresse).removeprefix(racine)}"


def _racine(request: HttpRequest) -> str:
    """Où commence le site, une fois ôtés l'académie que dit l'adresse et le détour."""
    racine = get_script_prefix().removesuffix("/")
    if code := getattr(request, "code_academie", ""):
        racine = racine.removesuffix(f"/academies/{code}")
    return racine.removesuffix(request.detour.prefixe) if request.detour else racine


def detour_de(chemin: str) -> Detour | None:
    """Le détour que demande le chemin d'une adresse, s'il y en a un."""
    if trouve := ARCHIVES.match(chemin):
        return Detour(trouve[0], annee=int(trouve["annee"]))
    if (trouve := REPETITION.match(chemin)) and (jour := lire_le_jour(trouve["jour"])):
        return Detour(trouve[0], jour=jour)
    return None


def lire_le_jour(texte: str) -> date | None:
    """Jour écrit « 2027-04-30 » ; `None` s'il n'existe pas."""
    try:
        return date.fromisoformat(texte)
    except ValueError:
        return None


def _en_sort(request: HttpRequest) -> bool:
    if request.method not in SANS_EFFET:
        return request.path_info in ENVOIS_HORS_DETOUR
    return request.path_info.startswith(HORS_DETOUR) or bool(DEMANDES_D_ACCES.match(request.path_info))


class Detours:
    """Retire le détour de l'adresse, et le remet dans chaque lien que la page écrit."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.detour = detour_de(request.path_info)
        if request.detour is None:
            return self.get_response(request)
        request.path_info = request.path_info.removeprefix(request.detour.prefixe)
        if _en_sort(request):
            return HttpResponseRedirect(request.get_full_path().removeprefix(request.detour.prefixe), status=307)
        return self._servir_sous(request, request.detour)

    def _servir_sous(self, request: HttpRequest, detour: Detour) -> HttpResponse:
        racine = get_script_prefix()
        set_script_prefix(f"{racine.rstrip('/')}{detour.prefixe}/")
        try:
            return self.get_response(request)
        finally:
            set_script_prefix(racine)

    def process_view(
        self, request: HttpRequest, vue: Callable, arguments: tuple, parametres: dict
    ) -> HttpResponse | None:
        """Un envoi fait par un détour n'écrit rien ; ce qui était tapé est montré à recopier."""
        if request.detour is None or request.method in SANS_EFFET:
            return None
        contexte = {
            "detour": request.detour,
            "sortie_url": hors_detour(request, reverse("comptes:espaces")),
            "saisie": saisie_a_recopier(request.POST),
        }
        return render(request, "erreurs/consultation_seule.html", contexte, status=403)
