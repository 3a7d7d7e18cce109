"""La page d'erreur inattendue, avec une référence que l'on retrouve au journal."""

import logging
import secrets

from django.http import HttpRequest, HttpResponseServerError
from django.template.loader import get_template

journal = logging.getLogger(__name__)


def erreur_inattendue(request: HttpRequest) -> HttpResponseServerError:
    """Page E3 : elle ne lit ni la base, ni la session, ni le contexte des autres pages."""
    reference = secrets.token_hex(4)
    journal.error("Erreur inattendue %s : %s %s", reference, request.method, request.path)
    return HttpResponseServerError(get_template("500.html").render({"reference": reference}))
