"""Un formulaire envoyé après la fin de la session : la page le dit, et rend ce qui était tapé (écran E6)."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from referentiel.rules.saisie import saisie_a_recopier

# Seuls ces espaces ont des formulaires où l'on rédige ; ailleurs, il n'y a rien à recopier.
ESPACES = ("/origine/", "/accueil/", "/academie/")
REDIRECTION, A_RECONNECTER = 302, 401


class SessionExpiree:
    """Remplace, après un envoi, le renvoi à la connexion : celui-ci perdrait la saisie (R4, G11).

    Une page qui enregistre pendant la saisie attend ce renvoi et garde elle-même le texte.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        reponse = self.get_response(request)
        return _dire_l_expiration(request) if _est_un_envoi_sans_session(request, reponse) else reponse


def _est_un_envoi_sans_session(request: HttpRequest, reponse: HttpResponse) -> bool:
    return (
        request.method == "POST"
        and reponse.status_code == REDIRECTION
        and reponse["Location"].startswith(reverse(settings.LOGIN_URL))
        and request.path.startswith(ESPACES)
        and request.accepts("text/html")
        and not request.user.is_authenticated
    )


def _dire_l_expiration(request: HttpRequest) -> HttpResponse:
    connexion = f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': _page_du_formulaire(request)})}"
    contexte = {
        "heures": settings.DUREE_INACTIVITE // 3600,
        "saisie": saisie_a_recopier(request.POST),
        "connexion_url": connexion,
    }
    return render(request, "erreurs/session_expiree.html", contexte, status=A_RECONNECTER)


def _page_du_formulaire(request: HttpRequest) -> str:
    """Chemin de la page d'où vient l'envoi ; à défaut, celui de l'envoi."""
    depuis = urlsplit(request.headers.get("Referer", ""))
    return depuis.path if depuis.netloc == request.get_host() and depuis.path else request.path
