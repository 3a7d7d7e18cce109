"""Le second facteur : l'installer, donner un code, renouveler les codes de secours (R38, T7)."""

from base64 import b32encode
from typing import Any
from urllib.parse import urlencode

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login as retenir_l_appareil
from django_otp.models import Device
from django_otp.plugins.otp_totp.models import TOTPDevice

from comptes.forms import CodeForm, CodeOuSecoursForm
from comptes.permissions import doit_avoir_un_facteur, doit_donner_un_code
from comptes.preuve import (
    exiger_une_preuve_recente,
    installe_son_premier_facteur,
    noter_la_preuve,
    preuve_a_demander,
)
from comptes.rules import RefusDeCompte
from comptes.services import (
    CODE_FAUX,
    TropDEssais,
    appareil_a_confirmer,
    codes_restants,
    confirmer_le_facteur,
    preparer_un_facteur,
    renouveler_les_codes,
    retirer_le_facteur,
    verifier_un_code,
)
from comptes.views.securite import suite_de

LIRE_ET_ENVOYER = require_http_methods(["GET", "HEAD", "POST"])
TROP_DE_DEMANDES = 429
# L'application que cette session a préparée, et qu'elle seule peut confirmer.
PREPARE = "facteur_prepare"


@LIRE_ET_ENVOYER
@never_cache
@login_required
def code(request: HttpRequest) -> HttpResponse:
    """La page du code, entre le mot de passe et tout le reste."""
    suite = suite_de(request) or reverse("comptes:espaces")
    if not request.user.a_un_second_facteur or request.user.is_verified():
        return redirect(suite)
    form = CodeOuSecoursForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            appareil = verifier_un_code(personne=request.user, code=form.cleaned_data["code"], le=request.recue_le)
        except TropDEssais:
            return render(request, "429.html", status=TROP_DE_DEMANDES)
        if appareil:
            _tenir_pour_verifie(request, appareil)
            return redirect(suite)
        form.add_error("code", CODE_FAUX)
    return render(request, "comptes/code.html", {"form": form, "suite": suite_de(request)})


@LIRE_ET_ENVOYER
@never_cache
@login_required
def second_facteur(request: HttpRequest) -> HttpResponse:
    """Installe l'application de codes, ou montre ce qu'il en est.

    Qui a déjà un second facteur donne d'abord son code : un mot de passe volé ne suffit pas à le remplacer.
    """
    if request.user.a_un_second_facteur and doit_donner_un_code(request):
        return redirect("comptes:code")
    if not installe_son_premier_facteur(request) and (demande := preuve_a_demander(request)):
        return demande
    if request.method == "POST" and "code" not in request.POST:
        appareil = preparer_un_facteur(personne=request.user, deja=request.session.get(PREPARE))
        request.session[PREPARE] = appareil.pk
        return redirect(_avec_la_suite(request))
    form = CodeForm(request.POST if "code" in request.POST else None)
    if form.is_bound and form.is_valid():
        try:
            return _confirmer(request, form.cleaned_data["code"])
        except TropDEssais:
            return render(request, "429.html", status=TROP_DE_DEMANDES)
        except RefusDeCompte as refus:
            form.add_error("code", str(refus))
    return render(request, "comptes/second_facteur.html", _contexte(request, form))


@require_POST
@login_required
@exiger_une_preuve_recente
def renouveler(request: HttpRequest) -> HttpResponse:
    """Dix nouveaux codes de secours, montrés cette fois seule."""
    try:
        codes = renouveler_les_codes(personne=request.user, par=request.user, le=request.recue_le)
    except RefusDeCompte as refus:
        messages.error(request, str(refus))
        return redirect("comptes:securite")
    return _montrer_les_codes(request, codes, reverse("comptes:securite"))


@LIRE_ET_ENVOYER
@never_cache
@login_required
@exiger_une_preuve_recente
def retirer(request: HttpRequest) -> HttpResponse:
    """Retire son second facteur, là où il n'est pas obligatoire."""
    if not request.user.a_un_second_facteur or doit_avoir_un_facteur(request.user, request.perimetre):
        return redirect("comptes:securite")
    if request.method == "POST":
        retirer_le_facteur(personne=request.user, par=request.user, le=request.recue_le)
        messages.success(request, "Votre second facteur est retiré.")
        return redirect("comptes:securite")
    contexte = {
        "question": "Retirer votre second facteur\u00a0?",
        "consequences": [
            "Votre mot de passe suffira pour entrer.",
            "Vos codes de secours ne vaudront plus.",
            "Vous recevrez un courriel qui le dit.",
        ],
        "verbe": "Retirer le second facteur",
        "annuler_url": reverse("comptes:securite"),
        "fil_parent": {"libelle": "Sécurité", "url": reverse("comptes:securite")},
    }
    return render(request, "composants/confirmation.html", contexte)


def _confirmer(request: HttpRequest, saisi: str) -> HttpResponse:
    prepare = request.session.get(PREPARE)
    if not appareil_a_confirmer(request.user, prepare):
        messages.error(request, "Ce code QR ne vaut plus. Recommencez l’installation.")
        return redirect(_avec_la_suite(request))
    appareil, codes = confirmer_le_facteur(personne=request.user, prepare=prepare, code=saisi, le=request.recue_le)
    _tenir_pour_verifie(request, appareil)
    return _montrer_les_codes(request, codes, suite_de(request) or reverse("comptes:securite"))


def _tenir_pour_verifie(request: HttpRequest, appareil: Device) -> None:
    """La session change d'identifiant en gagnant ce droit (T5)."""
    request.session.cycle_key()
    retenir_l_appareil(request, appareil)
    noter_la_preuve(request)


def _montrer_les_codes(request: HttpRequest, codes: list[str], suite: str) -> HttpResponse:
    return render(request, "comptes/codes_de_secours.html", {"codes": codes, "suite": suite})


def _contexte(request: HttpRequest, form: CodeForm) -> dict[str, Any]:
    attente = appareil_a_confirmer(request.user, request.session.get(PREPARE))
    return {
        "form": form,
        "personne": request.user,
        "obligatoire": doit_avoir_un_facteur(request.user, request.perimetre),
        "suite": suite_de(request),
        "restants": codes_restants(request.user),
        **(_a_lire(attente) if attente else {"image": "", "secret": ""}),
    }


def _a_lire(appareil: TOTPDevice) -> dict[str, str]:
    """Le code QR, dessiné ici, et le même secret en texte."""
    secret = b32encode(appareil.bin_key).decode()
    return {
        "image": segno.make(appareil.config_url, error="m").svg_data_uri(scale=5, light="#fff", border=4),
        "secret": " ".join(secret[rang : rang + 4] for rang in range(0, len(secret), 4)),
    }


def _avec_la_suite(request: HttpRequest) -> str:
    page, suite = reverse("comptes:second_facteur"), suite_de(request)
    return f"{page}?{urlencode({'next': suite})}" if suite else page
