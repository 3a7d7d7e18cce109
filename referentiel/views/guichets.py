"""Entrer par un guichet de l'académie : ARENA, ProConnect, OpenID Connect (R38, écran C1, T4).

Le guichet prouve qui l'on est (`comptes.federation`), un service donne les places qui en viennent, et la session
s'ouvre. Qui n'a pas de place dans Passpro n'a pas de session : il peut la demander.
"""

import logging

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME, login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from comptes.federation import arena as portail
from comptes.federation.oidc import SUITE, Depart, Fournisseur, reglages_de
from comptes.federation.porte import MOTEUR
from comptes.federation.reglages import ReglagesDesPlaces
from comptes.federation.session import ARENA, Connexion, faire_attendre, retenir
from comptes.rules.fim import adresse_de_retour
from comptes.rules.identite import Identite, IdentiteRefusee
from referentiel.services.guichets import accueillir

JOURNAL = logging.getLogger(__name__)
REFUSE = 403


@require_GET
@never_cache
def arena(request: HttpRequest) -> HttpResponse:
    """La seule adresse où les en-têtes d'identité du portail ouvrent une session."""
    reglages = settings.ARENA
    if reglages is None:
        raise Http404
    try:
        attributs = portail.attributs(request, reglages)
        identite = portail.identite(attributs)
        retour = adresse_de_retour(attributs, hotes=reglages.retours)
    except IdentiteRefusee as refus:
        return _refuser(request, ARENA, refus)
    connexion = Connexion(ARENA, identite.sujet, reglages.second_facteur, retour)
    return _entrer(request, identite, reglages.places, connexion, request.GET.get(REDIRECT_FIELD_NAME, ""))


@require_GET
@never_cache
def retour_d_un_fournisseur(request: HttpRequest, fournisseur: str) -> HttpResponse:
    """Le retour d'OpenID Connect : le code s'échange, la preuve se vérifie, la session s'ouvre."""
    reglages = reglages_de(fournisseur)
    try:
        preuve = Fournisseur(fournisseur).prouver(request)
    except IdentiteRefusee as refus:
        return _refuser(request, fournisseur, refus)
    connexion = Connexion(fournisseur, preuve.identite.sujet, preuve.second_facteur, preuve=preuve.jeton)
    return _entrer(request, preuve.identite, reglages.places, connexion, request.session.get(SUITE) or "")


depart_proconnect = never_cache(Depart.as_view(fournisseur="proconnect"))
depart_oidc = never_cache(Depart.as_view(fournisseur="oidc"))


def _entrer(
    request: HttpRequest, identite: Identite, places: ReglagesDesPlaces | None, connexion: Connexion, suite: str
) -> HttpResponse:
    personne = accueillir(identite=identite, places=places, le=request.le)
    if personne is None:
        faire_attendre(request, identite, connexion.guichet)
        return redirect("referentiel:pas_encore_ouvert")
    login(request, personne, backend=MOTEUR)
    retenir(request, connexion)
    return HttpResponseRedirect(_suite_sure(request, suite))


def _suite_sure(request: HttpRequest, suite: str) -> str:
    """L'adresse demandée, si elle est de ce site."""
    sure = url_has_allowed_host_and_scheme(suite, {request.get_host()}, require_https=request.is_secure())
    return suite if suite and sure else resolve_url(settings.LOGIN_REDIRECT_URL)


def _refuser(request: HttpRequest, guichet: str, refus: IdentiteRefusee) -> HttpResponse:
    """Une page neutre, et une ligne au journal, où rien n'est personnel (T4, T20)."""
    JOURNAL.warning("Connexion refusée au guichet %s : %s", guichet, refus)
    return render(request, "referentiel/acces/refuse.html", {"arena": guichet == ARENA}, status=REFUSE)
