"""L'adresse que Prometheus relève : fermée, sauf au porteur du jeton et aux réseaux déclarés."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from comptes.adresses import vient_de
from passpro.mesures.compteurs import registre
from passpro.mesures.releve import ReleveDeLaBase


@never_cache
def mesures(request: HttpRequest) -> HttpResponse:
    """Les comptes de tous les processus de la machine, ce que la base dit maintenant ; 404 pour qui n'a pas à lire."""
    if request.method not in {"GET", "HEAD"} or not _peut_lire(request):
        raise Http404
    releve = registre()
    releve.register(ReleveDeLaBase())
    return HttpResponse(generate_latest(releve), content_type=CONTENT_TYPE_LATEST)


def _peut_lire(request: HttpRequest) -> bool:
    jeton = settings.MESURES_JETON
    presente = request.headers.get("Authorization", "")
    porteur = bool(jeton) and constant_time_compare(presente.encode(), f"Bearer {jeton}".encode())
    return porteur or vient_de(request, settings.MESURES_RESEAUX)
