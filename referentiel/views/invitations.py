"""Inviter dans une équipe, suivre ses invitations, et y répondre (R38, écran C4)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from comptes.adresses import reseau_du_client
from comptes.federation.porte import boutons
from comptes.models import Personne
from comptes.rules import Limite
from comptes.services import TropDEssais, limiter
from referentiel.forms.invitations import InviterForm, OuvertureForm
from referentiel.models import EtatDInvitation, Invitation
from referentiel.permissions import peut_gerer_l_etablissement
from referentiel.portes import Espace, dans_l_accueil, dans_l_origine, exiger
from referentiel.rules.refus import Refus
from referentiel.services import invitations as services

LIRE_ET_ENVOYER = require_http_methods(["GET", "HEAD", "POST"])
MOTEUR = "django.contrib.auth.backends.ModelBackend"
TROP_DE_DEMANDES = 429
# Un collège de soixante personnes peut ouvrir ses comptes en une réunion, chacun en plusieurs essais.
REPONSES_PAR_RESEAU = Limite("invitation", 200)


def inviter(request: HttpRequest, espace: Espace) -> HttpResponse:
    """« Inviter une personne »."""
    exiger(peut_gerer_l_etablissement(espace.place))
    if espace.en_detour:
        return redirect(url_de_l_equipe(espace))
    form = InviterForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and (invitation := _inviter(request, espace, form)):
        messages.success(request, f"Invitation envoyée à {invitation.courriel}.")
        return redirect(url_de_l_equipe(espace))
    contexte = {"form": form, "equipe_url": url_de_l_equipe(espace)}
    return render(request, "referentiel/invitations/inviter.html", contexte)


def renvoyer(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    exiger(peut_gerer_l_etablissement(espace.place))
    invitation = _invitation(espace, code)
    try:
        services.renvoyer_une_invitation(invitation=invitation, par=request.user, le=espace.le)
    except Refus as refus:
        messages.error(request, str(refus))
    else:
        messages.success(request, f"Invitation renvoyée à {invitation.courriel}. Le lien précédent ne vaut plus.")
    return redirect(url_de_l_equipe(espace))


def retirer(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    exiger(peut_gerer_l_etablissement(espace.place))
    if espace.en_detour:
        return redirect(url_de_l_equipe(espace))
    invitation, equipe = _invitation(espace, code), url_de_l_equipe(espace)
    return confirmer_le_retrait(request, invitation, equipe, {"libelle": "Équipe", "url": equipe})


inviter_origine = LIRE_ET_ENVOYER(dans_l_origine(inviter))
inviter_accueil = LIRE_ET_ENVOYER(dans_l_accueil(inviter))
renvoyer_origine = require_POST(dans_l_origine(renvoyer))
renvoyer_accueil = require_POST(dans_l_accueil(renvoyer))
retirer_origine = LIRE_ET_ENVOYER(dans_l_origine(retirer))
retirer_accueil = LIRE_ET_ENVOYER(dans_l_accueil(retirer))


def confirmer_le_retrait(
    request: HttpRequest, invitation: Invitation, suite: str, fil_parent: dict[str, str]
) -> HttpResponse:
    """« Retirer l'invitation ? », puis retour à `suite`."""
    if request.method == "POST":
        try:
            services.retirer_une_invitation(invitation=invitation, par=request.user, le=request.le)
        except Refus as refus:
            messages.error(request, str(refus))
        else:
            messages.success(request, f"L’invitation de {invitation.courriel} est retirée.")
        return redirect(suite)
    contexte = {
        "question": f"Retirer l’invitation de {invitation.courriel}\u00a0?",
        "consequences": ["Le lien reçu ne vaudra plus.", "Vous pourrez inviter de nouveau cette adresse."],
        "verbe": "Retirer l’invitation",
        "annuler_url": suite,
        "fil_parent": fil_parent,
    }
    return render(request, "composants/confirmation.html", contexte)


@LIRE_ET_ENVOYER
@never_cache
def repondre(request: HttpRequest, jeton: str) -> HttpResponse:
    """La page du lien reçu : l'ouvrir ne change rien ; l'envoi ouvre le compte, ou ajoute la place."""
    if request.method == "POST":
        try:
            limiter(limite=REPONSES_PAR_RESEAU, cle=reseau_du_client(request), le=request.recue_le)
        except TropDEssais:
            return render(request, "429.html", status=TROP_DE_DEMANDES)
    reponse = _repondre(request, jeton)
    reponse["X-Robots-Tag"] = "noindex, nofollow"
    return reponse


def _repondre(request: HttpRequest, jeton: str) -> HttpResponse:
    lignes = Invitation.objects.du_jeton(jeton).select_related("etablissement", "academie", "invitee_par")
    invitation = lignes.first()
    if invitation is None:
        phrase = "Ce lien n’est pas, ou n’est plus, celui d’une invitation. Un lien renvoyé remplace le précédent."
        return render(request, "referentiel/invitations/fermee.html", {"phrase": phrase}, status=404)
    etat = invitation.etat(request.recue_le)
    if etat is not EtatDInvitation.EN_ATTENTE:
        contexte = {"phrase": services.CE_QU_ELLE_DEVIENT[etat], "acceptee": etat is EtatDInvitation.ACCEPTEE}
        return render(request, "referentiel/invitations/fermee.html", contexte, status=410)
    compte = services.compte_de(invitation)
    return _avec_un_compte(request, invitation, compte) if compte else _sans_compte(request, invitation)


def _sans_compte(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Le nom et le mot de passe d'une personne qui n'a pas de compte ; elle entre aussitôt."""
    if request.user.is_authenticated:
        return _montrer(request, invitation, autre=request.user)
    form = OuvertureForm(request.POST if request.method == "POST" else None, courriel=invitation.courriel)
    if form.is_bound and form.is_valid() and (personne := _ouvrir(request, invitation, form)):
        login(request, personne, backend=MOTEUR)
        messages.success(request, "Votre compte est ouvert.")
        return redirect("comptes:espaces")
    return _montrer(request, invitation, form=form)


def _avec_un_compte(request: HttpRequest, invitation: Invitation, compte: Personne) -> HttpResponse:
    """Qui a déjà un compte se connecte, puis accepte."""
    if not request.user.is_authenticated:
        return _montrer(request, invitation, a_un_compte=True)
    if request.user.pk != compte.pk:
        return _montrer(request, invitation, autre=request.user)
    if request.method == "POST":
        try:
            services.accepter_avec_son_compte(invitation=invitation, personne=compte, le=request.recue_le)
        except Refus as refus:
            messages.error(request, str(refus))
        else:
            messages.success(request, "Vous avez rejoint l’équipe.")
            return redirect("comptes:espaces")
    return _montrer(request, invitation, peut_accepter=True)


def _montrer(request: HttpRequest, invitation: Invitation, **suite: Any) -> HttpResponse:
    contexte = {
        "invitation": invitation,
        "form": None,
        "autre": None,
        "a_un_compte": False,
        "peut_accepter": False,
        "guichets": boutons(""),
    }
    return render(request, "referentiel/invitations/repondre.html", contexte | suite)


def _ouvrir(request: HttpRequest, invitation: Invitation, form: OuvertureForm) -> Personne | None:
    saisi = form.cleaned_data
    try:
        return services.accepter_en_ouvrant_un_compte(
            invitation=invitation,
            civilite=saisi["civilite"],
            prenom=saisi["prenom"],
            nom=saisi["nom"],
            mot_de_passe=saisi["nouveau"],
            le=request.recue_le,
        )
    except Refus as refus:
        form.add_error(None, str(refus))
        return None


def _inviter(request: HttpRequest, espace: Espace, form: InviterForm) -> Invitation | None:
    place = form.place(espace.etablissement, espace.cote)
    try:
        return services.inviter(courriel=form.cleaned_data["courriel"], place=place, par=request.user, le=espace.le)
    except Refus as refus:
        form.add_error("courriel", str(refus))
        return None


def _invitation(espace: Espace, code: str) -> Invitation:
    """Une invitation de ce côté de l'établissement, ou 404."""
    siennes = Invitation.objects.filter(etablissement=espace.etablissement, **{str(espace.cote): True})
    return get_object_or_404(siennes.select_related("etablissement"), code=code)


def url_de_l_equipe(espace: Espace) -> str:
    return reverse(f"candidatures:equipe_{espace.cote}", args=[espace.etablissement.segment])
