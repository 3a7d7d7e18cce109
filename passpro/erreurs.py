"""Les pages d'erreur : l'inattendue, avec une référence que l'on retrouve au journal ; le formulaire expiré."""

import logging

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import get_template

from passpro.journaux import reference_de
from referentiel.rules.saisie import saisie_a_recopier

journal = logging.getLogger(__name__)


def erreur_inattendue(request: HttpRequest) -> HttpResponseServerError:
    """Page E3 : elle ne lit ni la base, ni la session, ni le contexte des autres pages."""
    reference = reference_de(request)
    journal.error("Erreur inattendue %s", reference)
    return HttpResponseServerError(get_template("500.html").render({"reference": reference}))


def formulaire_expire(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Page E9 : sans jeton rien n'est écrit, et ce qui était tapé est rendu à recopier (T11, F5)."""
    return render(request, "403_csrf.html", {"saisie": saisie_a_recopier(request.POST)}, status=403)
