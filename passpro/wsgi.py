"""Entrée WSGI du serveur d'application."""

import codecs
import os
from collections.abc import Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "passpro.settings")
_django = get_wsgi_application()
# Que `passpro.garde` refuse, d'une page.
A_REFUSER = "iso-8859-1"


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Django lit l'adresse dans le codage annoncé avant tout intergiciel : un faux codage ferait tout tomber (R41)."""
    type_mime = environ.get("CONTENT_TYPE", "")
    if not _est_lisible(type_mime):
        environ["CONTENT_TYPE"] = f"{type_mime.partition(';')[0]}; charset={A_REFUSER}"
    return _django(environ, start_response)


def _est_lisible(type_mime: str) -> bool:
    try:
        return codecs.lookup(parse_header_parameters(type_mime)[1].get("charset", "utf-8")).name == "utf-8"
    except (LookupError, ValueError):
        return False
