"""Compter chaque requête, sous le nom de sa vue."""

from collections.abc import Callable
from time import monotonic

from django.http import HttpRequest, HttpResponse

from passpro.mesures.compteurs import noter_la_reserve, noter_une_requete

# Ni page, ni fichier : la diversité des adresses essayées au hasard ne doit pas s'y lire.
INCONNUE = "inconnue"


class MesureDesRequetes:
    """Le dernier mot sur une page : sa vue, sa classe de statut (« 2xx »), sa durée."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        debut = monotonic()
        reponse = self.get_response(request)
        trouvee = request.resolver_match
        vue = trouvee.view_name if trouvee and trouvee.view_name else INCONNUE
        noter_une_requete(vue, reponse.status_code, monotonic() - debut)
        noter_la_reserve()
        return reponse
