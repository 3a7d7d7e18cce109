"""Ce que la base ne sait pas lire est refusé à l'entrée, d'une phrase, jamais par une erreur du serveur (R41)."""

import codecs
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict

NUL = "\x00"


class TexteLisible:
    """Refuse (400) ce que PostgreSQL ne garde pas : un caractère nul dans l'adresse, un filtre, un témoin ou un champ ;
    et tout autre codage que l'UTF-8, d'où sortiraient des moitiés de caractères."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        _exiger_l_utf_8(request)
        _exiger_des_textes([request.path_info, *request.COOKIES.values(), *_textes(request.GET)])
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        _exiger_des_textes(_textes(request.POST))


def _exiger_l_utf_8(request: HttpRequest) -> None:
    """Django croit le codage que l'en-tête Content-Type annonce ; la page du refus, elle, se lit en UTF-8."""
    annonce = request.encoding
    request.encoding = "utf-8"
    if annonce and codecs.lookup(annonce).name != "utf-8":
        raise BadRequest("Codage inattendu")


def _textes(requete: QueryDict) -> Iterable[str]:
    return (texte for nom, valeurs in requete.lists() for texte in (nom, *valeurs))


def _exiger_des_textes(textes: Iterable[str]) -> None:
    if any(NUL in texte for texte in textes):
        raise BadRequest("Caractère nul")
