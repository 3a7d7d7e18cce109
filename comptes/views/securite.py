"""La sécurité du compte : sessions ouvertes, preuve avant un acte grave (écran C3, T5, T7)."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from comptes.forms import PreuveForm
from comptes.models import Session
from comptes.permissions import doit_avoir_un_facteur
from comptes.preuve import montrer_la_preuve, noter_la_preuve
from comptes.services import codes_restants, fermer_les_autres_sessions, fermer_une_session


@require_safe
@never_cache
@login_required
def securite(request: HttpRequest) -> HttpResponse:
    """Mot de passe, second facteur, sessions ouvertes."""
    contexte = {
        "personne": request.user,
        "sessions": Session.objects.ouvertes(request.user, request.recue_le),
        "ici": request.session.session_key,
        "restants": codes_restants(request.user),
        "obligatoire": doit_avoir_un_facteur(request.user, request.perimetre),
        "facteur_exige": settings.SECOND_FACTEUR_EXIGE,
    }
    return render(request, "comptes/securite.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def preuve(request: HttpRequest) -> HttpResponse:
    """Redemande le mot de passe, puis mène à la page d'où l'on vient."""
    form = PreuveForm(request.POST if request.method == "POST" else None, request=request)
    if form.is_bound and form.is_valid():
        noter_la_preuve(request)
        return redirect(suite_de(request) or reverse("comptes:securite"))
    return montrer_la_preuve(request, form, suite=suite_de(request))


@require_POST
@login_required
def fermer_les_sessions(request: HttpRequest) -> HttpResponse:
    """Ferme les autres sessions de la personne."""
    fermees = fermer_les_autres_sessions(
        personne=request.user, sauf=request.session.session_key, par=request.user, le=request.recue_le
    )
    messages.success(request, _phrase_de_fermeture(fermees))
    return redirect("comptes:securite")


@require_POST
@login_required
def fermer_la_session(request: HttpRequest, code: str) -> HttpResponse:
    """Ferme une des sessions de la personne ; la sienne se ferme en se déconnectant."""
    fermee = fermer_une_session(personne=request.user, code=code, par=request.user, le=request.recue_le)
    messages.success(request, "La session est fermée." if fermee else "Cette session était déjà fermée.")
    return redirect("comptes:securite")


def suite_de(request: HttpRequest) -> str:
    """L'adresse demandée par `next`, si elle est de ce site ; un mot seul, que Django prendrait pour un nom de page,
    n'en est pas une."""
    suite = request.POST.get("next") or request.GET.get("next") or ""
    sure = suite.startswith("/") and url_has_allowed_host_and_scheme(
        suite, {request.get_host()}, require_https=request.is_secure()
    )
    return suite if sure else ""


def _phrase_de_fermeture(fermees: int) -> str:
    if not fermees:
        return "Aucune autre session n’était ouverte."
    return "Votre autre session est fermée." if fermees == 1 else f"Vos {fermees} autres sessions sont fermées."
