"""Qui suit plusieurs académies dit laquelle dans l'adresse : « /academies/paris/academie/… » (R36).

L'académie n'est jamais dans la session : deux onglets, deux académies, et aucun lien de la page ne la perd. Qui n'en
suit qu'une garde l'adresse courte, « /academie/… ».
"""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import get_script_prefix, set_script_prefix
from django.utils.http import escape_leading_slashes

ACADEMIE = re.compile(r"^/academies/(?P<code>[a-z][a-z0-9-]{0,19})(?=/)")
DANS_L_ACADEMIE = "/academie/"


class AcademieDeLAdresse:
    """Retire l'académie de l'adresse, et la remet dans chaque lien que la page écrit ; ailleurs, elle n'a pas cours."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        trouvee = ACADEMIE.match(request.path_info)
        request.code_academie = trouvee["code"] if trouvee else ""
        if trouvee is None:
            return self.get_response(request)
        prefixe = trouvee[0]
        request.path_info = request.path_info.removeprefix(prefixe)
        if not request.path_info.startswith(DANS_L_ACADEMIE):
            suite = request.get_full_path().replace(prefixe, "", 1)
            return HttpResponseRedirect(escape_leading_slashes(suite), status=307)
        racine = get_script_prefix()
        set_script_prefix(f"{racine.rstrip('/')}{prefixe}/")
        try:
            return self.get_response(request)
        finally:
            set_script_prefix(racine)
