"""La page d'erreur inattendue, avec une référence que l'on retrouve au journal."""

import logging

from django.http import HttpRequest, HttpResponseServerError
from django.template.loader import get_template

from passpro.journaux import reference_de

journal = logging.getLogger(__name__)


def erreur_inattendue(request: HttpRequest) -> HttpResponseServerError:
    """Page E3 : elle ne lit ni la base, ni la session, ni le contexte des autres pages."""
    reference = reference_de(request)
    journal.error("Erreur inattendue %s", reference)
    return HttpResponseServerError(get_template("500.html").render({"reference": reference}))
