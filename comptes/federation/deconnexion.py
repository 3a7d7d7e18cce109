"""Se déconnecter : de Passpro, puis du guichet par lequel on est venu (R38)."""

from django.conf import settings
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url

from comptes.federation.oidc import adresse_de_fin
from comptes.federation.session import ARENA, Connexion, connexion_de


class Deconnexion(LogoutView):
    """Ferme la session, puis mène au portail ou à la fin de session du fournisseur, s'ils sont déclarés."""

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        sortie = _sortie(request, connexion_de(request))
        reponse = super().post(request, *args, **kwargs)
        return HttpResponseRedirect(sortie) if sortie else reponse


def _sortie(request: HttpRequest, connexion: Connexion | None) -> str:
    if connexion is None:
        return ""
    if connexion.guichet == ARENA:
        return connexion.retour
    reglages = settings.FOURNISSEURS_D_IDENTITE.get(connexion.guichet)
    if reglages is None:
        return ""
    suite = request.build_absolute_uri(resolve_url(settings.LOGOUT_REDIRECT_URL))
    return adresse_de_fin(reglages, jeton=connexion.preuve, suite=suite)
