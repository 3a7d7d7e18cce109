"""Entrer par un guichet de l'académie : ARENA, ProConnect, OpenID Connect (R38, écran C1, T4).

Le guichet prouve qui l'on est (`comptes.federation`), un service donne les places qui en viennent, et la session
s'ouvre. Qui n'a pas de place dans Passpro n'a pas de session : il peut la demander.
"""

import logging
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from comptes.federation import arena as portail
from comptes.federation.oidc import SUITE, Depart, Fournisseur, Preuve, reglages_de
from comptes.federation.porte import MOTEUR
from comptes.federation.reglages import ReglagesDesPlaces
from comptes.federation.session import ARENA, Connexion, connexion_de, faire_attendre, retenir
from comptes.preuve import noter_la_preuve
from comptes.rules.fim import adresse_de_retour
from comptes.rules.identite import Identite, IdentiteRefusee, PreuveManquante
from referentiel.rules.noms import capitale
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
    suite = request.session.get(SUITE) or ""
    try:
        preuve = Fournisseur(fournisseur).prouver(request)
        if preuve.redemandee and request.user.is_authenticated:
            return _confirmer(request, fournisseur, preuve, suite)
    except PreuveManquante as refus:
        return _redemander(request, reglages.nom, fournisseur, refus, suite)
    except IdentiteRefusee as refus:
        return _refuser(request, fournisseur, refus)
    connexion = Connexion(fournisseur, preuve.identite.sujet, preuve.second_facteur, preuve=preuve.jeton)
    reponse = _entrer(request, preuve.identite, reglages.places, connexion, suite)
    if preuve.donnee_le is not None and request.user.is_authenticated:
        noter_la_preuve(request, preuve.donnee_le)
    return reponse


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


def _confirmer(request: HttpRequest, fournisseur: str, preuve: Preuve, suite: str) -> HttpResponse:
    """Qui est déjà connecté a de nouveau prouvé qui il est (T7). Lève `PreuveManquante` si c'en est un autre."""
    ouverte = connexion_de(request)
    if ouverte is None or (ouverte.guichet, ouverte.sujet) != (fournisseur, preuve.identite.sujet):
        raise PreuveManquante("une autre personne a répondu")
    noter_la_preuve(request, preuve.donnee_le)
    if not suite:
        messages.success(
            request, "C’est confirmé. Revenez à l’onglet d’où vous venez, puis choisissez «\u00a0Continuer\u00a0»."
        )
        return redirect("comptes:securite")
    return HttpResponseRedirect(_suite_sure(request, suite))


def _redemander(request: HttpRequest, nom: str, fournisseur: str, refus: PreuveManquante, suite: str) -> HttpResponse:
    """La page de preuve, qui dit que le fournisseur n'a pas confirmé ; la session reste ouverte."""
    JOURNAL.warning("Preuve refusée au guichet %s : %s", fournisseur, refus)
    messages.error(request, f"{capitale(nom)} n’a pas confirmé que c’est bien vous.")
    fin = f"?{urlencode({REDIRECT_FIELD_NAME: suite})}" if suite else ""
    return HttpResponseRedirect(reverse("comptes:preuve") + fin)


def _suite_sure(request: HttpRequest, suite: str) -> str:
    """L'adresse demandée, si elle est de ce site."""
    sure = url_has_allowed_host_and_scheme(suite, {request.get_host()}, require_https=request.is_secure())
    return suite if suite and sure else resolve_url(settings.LOGIN_REDIRECT_URL)


def _refuser(request: HttpRequest, guichet: str, refus: IdentiteRefusee) -> HttpResponse:
    """Une page neutre, et une ligne au journal, où rien n'est personnel (T4, T20)."""
    JOURNAL.warning("Connexion refusée au guichet %s : %s", guichet, refus)
    return render(request, "referentiel/acces/refuse.html", {"arena": guichet == ARENA}, status=REFUSE)
