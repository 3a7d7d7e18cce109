"""Changer l'adresse de son compte (R38, écran C3, T7)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from comptes.forms import ChangerDAdresseForm
from comptes.preuve import exiger_une_preuve_recente
from comptes.rules import RefusDeCompte
from comptes.services import (
    LIEN_ETEINT,
    adresse_a_confirmer,
    changer_d_adresse,
    demander_une_adresse,
    pourquoi_pas_d_autre_adresse,
)

LIRE_ET_ENVOYER = require_http_methods(["GET", "HEAD", "POST"])


@LIRE_ET_ENVOYER
@never_cache
@login_required
@exiger_une_preuve_recente
def changer(request: HttpRequest) -> HttpResponse:
    """Demande le lien qui confirmera la nouvelle adresse."""
    form = ChangerDAdresseForm(request.POST if "courriel" in request.POST else None)
    if form.is_bound and form.is_valid() and _demander(request, form):
        return redirect("comptes:compte")
    contexte = {"form": form, "personne": request.user, "refus": pourquoi_pas_d_autre_adresse(request.user)}
    return render(request, "comptes/adresse_changer.html", contexte)


@LIRE_ET_ENVOYER
@never_cache
@login_required
def confirmer(request: HttpRequest, jeton: str) -> HttpResponse:
    """La page du lien reçu : l'ouvrir ne change rien, l'envoi donne au compte sa nouvelle adresse."""
    adresse = adresse_a_confirmer(personne=request.user, jeton=jeton)
    if adresse is None:
        messages.error(request, LIEN_ETEINT)
        return redirect("comptes:compte")
    if request.method == "POST":
        return _confirmer(request, jeton)
    contexte = {
        "question": f"Utiliser l’adresse {adresse}\u00a0?",
        "consequences": [
            f"Vous vous connecterez avec elle, et non plus avec {request.user.courriel}.",
            "Vos courriels de Passpro y arriveront. L’ancienne adresse reçoit un message qui le dit.",
            "Les élèves dont vous êtes la personne référente gardent l’ancienne\u00a0: changez-la avec leur classe.",
        ],
        "verbe": "Utiliser cette adresse",
        "annuler_url": reverse("comptes:compte"),
        "fil_parent": {"libelle": "Mon compte", "url": reverse("comptes:compte")},
    }
    return render(request, "composants/confirmation.html", contexte)


def _demander(request: HttpRequest, form: ChangerDAdresseForm) -> bool:
    adresse = form.cleaned_data["courriel"]
    try:
        demander_une_adresse(personne=request.user, adresse=adresse, par=request.user, le=request.recue_le)
    except RefusDeCompte as refus:
        form.add_error("courriel", str(refus))
        return False
    messages.success(
        request,
        f"Ouvrez le lien envoyé à {adresse}, valable 24\u00a0heures. "
        "Rien n’y arrive si cette adresse a déjà un compte.",
    )
    return True


def _confirmer(request: HttpRequest, jeton: str) -> HttpResponse:
    try:
        changee = changer_d_adresse(personne=request.user, jeton=jeton, par=request.user, le=request.recue_le)
    except RefusDeCompte as refus:
        messages.error(request, str(refus))
    else:
        messages.success(request, f"L’adresse de votre compte est {changee.courriel}.")
    return redirect("comptes:compte")
