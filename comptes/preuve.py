"""Avant un acte grave, redemander qui l'on est (T7).

Une session ouverte depuis des heures ne prouve plus que la personne est devant l'écran. Une vue qui change une adresse,
un facteur, qui efface ou qui emporte des noms s'écrit :

    @exiger_une_preuve_recente
    @dans_l_academie
    def effacer(request, espace): ...

Une lecture est renvoyée à la page de preuve, puis revient. Un envoi garde ce qui était saisi : la page de preuve le
renvoie avec le mot de passe, à la même adresse ; un fichier joint est à choisir de nouveau.

Entrer par un guichet ne prouve rien : sa session peut durer depuis le matin. Un fournisseur OpenID Connect redemande
qui l'on est, et le date ; le portail ARENA ne le sait pas, et le second facteur de Passpro en tient lieu.
"""

from collections.abc import Callable
from functools import wraps
from time import time
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control

from comptes.federation.porte import bouton_de_preuve
from comptes.federation.session import ARENA, connexion_de
from comptes.forms import PreuveForm
from comptes.sessions import DEBUT

PREUVE = "preuve_le"
SANS_EFFET = frozenset({"GET", "HEAD", "OPTIONS"})


def est_prouvee(request: HttpRequest) -> bool:
    """Vrai si la personne a donné son mot de passe ou son code depuis moins de `DUREE_D_UNE_PREUVE`."""
    return time() - request.session.get(PREUVE, 0) < settings.DUREE_D_UNE_PREUVE


def noter_la_preuve(request: HttpRequest, donnee_le: int | None = None) -> None:
    """Date la preuve de cet instant, ou de `donnee_le`, celui que dit un fournisseur ; jamais du futur."""
    maintenant = int(time())
    request.session[PREUVE] = maintenant if donnee_le is None else min(donnee_le, maintenant)


def installe_son_premier_facteur(request: HttpRequest) -> bool:
    """Vrai pour qui vient d'entrer par ARENA et n'a rien d'autre pour prouver qui il est (R38, T7).

    Sans cela, il n'aurait jamais de second facteur. La personne en est prévenue par courriel.
    """
    connexion = connexion_de(request)
    if connexion is None or connexion.guichet != ARENA or PreuveForm(request=request).peut_prouver:
        return False
    return time() - request.session.get(DEBUT, 0) < settings.DUREE_D_UNE_PREUVE


def exiger_une_preuve_recente(vue: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """N'ouvre la vue qu'à qui vient de prouver qui il est ; à poser au-dessus des autres décorateurs."""

    @wraps(vue)
    def porte(request: HttpRequest, *arguments: Any, **parametres: Any) -> HttpResponse:
        return preuve_a_demander(request) or vue(request, *arguments, **parametres)

    return porte


def preuve_a_demander(request: HttpRequest) -> HttpResponse | None:
    """La réponse qui demande la preuve ; `None` si elle est récente, ou si personne n'est connecté."""
    if not request.user.is_authenticated or est_prouvee(request):
        return None
    if request.method in SANS_EFFET:
        suite = urlencode({"next": request.get_full_path()})
        return redirect(f"{reverse('comptes:preuve')}?{suite}")
    form = PreuveForm(request.POST if PreuveForm.est_envoyee(request.POST) else None, request=request)
    if form.is_bound and form.is_valid():
        noter_la_preuve(request)
        return None
    return montrer_la_preuve(request, form, champs_caches=_champs_a_garder(request))


def montrer_la_preuve(request: HttpRequest, form: PreuveForm, **contexte: Any) -> HttpResponse:
    autrement = {
        "guichet": bouton_de_preuve(request, contexte.get("suite", "")),
        "par_arena": (connexion := connexion_de(request)) is not None and connexion.guichet == ARENA,
        "premier_facteur": installe_son_premier_facteur(request),
    }
    reponse = render(request, "comptes/preuve.html", {"form": form, **autrement, **contexte})
    patch_cache_control(reponse, private=True, no_store=True)
    return reponse


def _champs_a_garder(request: HttpRequest) -> list[tuple[str, str]]:
    """Ce qui était saisi, pour que rien n'en soit perdu."""
    propres = {"csrfmiddlewaretoken", *PreuveForm.base_fields}
    return [(nom, valeur) for nom, valeurs in request.POST.lists() if nom not in propres for valeur in valeurs]
