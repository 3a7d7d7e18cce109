"""Les pages d'erreur : l'inattendue et le service indisponible, avec une référence que l'on retrouve au journal ; le
formulaire expiré."""

import logging
import sys

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import get_template

from passpro.indisponible import est_une_panne_passagere
from passpro.journaux import reference_de
from referentiel.rules.saisie import saisie_a_recopier

journal = logging.getLogger(__name__)
SECONDES_AVANT_DE_REVENIR = 30


def erreur_inattendue(request: HttpRequest) -> HttpResponse:
    """Page E3, ou E4 si un service ne répond pas ; ni l’une ni l’autre ne lit la base, la session, d’autres pages."""
    reference = reference_de(request)
    if est_une_panne_passagere(sys.exception()):
        return _service_indisponible(reference)
    journal.error("Erreur inattendue %s", reference)
    return HttpResponseServerError(get_template("500.html").render({"reference": reference}))


def _service_indisponible(reference: str) -> HttpResponse:
    journal.error("Service indisponible %s", reference)
    page = get_template("503.html").render({"reference": reference})
    entetes = {"Retry-After": str(SECONDES_AVANT_DE_REVENIR), "Cache-Control": "no-store"}
    return HttpResponse(page, status=503, headers=entetes)


def formulaire_expire(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Page E9 : sans jeton rien n'est écrit, et ce qui était tapé est rendu à recopier (T11, F5)."""
    return render(request, "403_csrf.html", {"saisie": saisie_a_recopier(request.POST)}, status=403)
