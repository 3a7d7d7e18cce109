"""Changer son mot de passe, ou le retrouver (R38, écrans C1 et C3)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from comptes.adresses import reseau_du_client
from comptes.forms import ChangerLeMotDePasseForm, MotDePasseForm, MotDePasseOublieForm
from comptes.services import TropDEssais, changer_le_mot_de_passe, demander_un_nouveau_mot_de_passe

LIRE_ET_ENVOYER = require_http_methods(["GET", "HEAD", "POST"])
TROP_DE_DEMANDES = 429


@LIRE_ET_ENVOYER
@never_cache
def oublie(request: HttpRequest) -> HttpResponse:
    """« Mot de passe oublié ? » : la même réponse, que l'adresse ait un compte ou non (T9)."""
    form = MotDePasseOublieForm(request.POST if request.method == "POST" else None)
    if not (form.is_bound and form.is_valid()):
        return render(request, "comptes/mot_de_passe_oublie.html", {"form": form})
    courriel = form.cleaned_data["courriel"]
    try:
        demander_un_nouveau_mot_de_passe(courriel=courriel, reseau=reseau_du_client(request), le=request.recue_le)
    except TropDEssais:
        return render(request, "429.html", status=TROP_DE_DEMANDES)
    return render(request, "comptes/mot_de_passe_demande.html", {"courriel": courriel})


class Choisir(PasswordResetConfirmView):
    """La page du lien reçu : l'ouvrir ne change rien, l'envoi pose le mot de passe et éteint le lien."""

    template_name = "comptes/mot_de_passe_choisir.html"

    def get_form(self, form_class: Any = None) -> MotDePasseForm:
        return MotDePasseForm(self.request.POST if self.request.method == "POST" else None, personne=self.user)

    def form_valid(self, form: MotDePasseForm) -> HttpResponse:
        del self.request.session[INTERNAL_RESET_SESSION_TOKEN]
        changer_le_mot_de_passe(
            personne=self.user,
            mot_de_passe=form.cleaned_data["nouveau"],
            sauf=None,
            par=self.user,
            le=self.request.recue_le,
        )
        messages.success(self.request, "Votre mot de passe est changé. Connectez-vous.")
        return redirect("comptes:connexion")


@LIRE_ET_ENVOYER
@never_cache
@login_required
def changer(request: HttpRequest) -> HttpResponse:
    """Change le mot de passe de qui est connecté ; ses autres sessions se ferment."""
    personne = request.user
    form = ChangerLeMotDePasseForm(
        request.POST if request.method == "POST" else None, personne=personne, request=request
    )
    if form.is_bound and form.is_valid():
        change = changer_le_mot_de_passe(
            personne=personne,
            mot_de_passe=form.cleaned_data["nouveau"],
            sauf=request.session.session_key,
            par=personne,
            le=request.recue_le,
        )
        update_session_auth_hash(request, change)
        messages.success(request, "Votre mot de passe est changé, et vos autres sessions sont fermées.")
        return redirect("comptes:securite")
    return render(request, "comptes/mot_de_passe_changer.html", {"form": form})
