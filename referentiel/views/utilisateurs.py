"""Les utilisateurs et les invitations de l'académie (écran S9, R38, T7)."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from comptes.models import Personne
from comptes.preuve import exiger_une_preuve_recente
from comptes.rules import RefusDeCompte
from comptes.services import envoyer_un_lien, retirer_le_facteur
from referentiel import utilisateurs as lectures
from referentiel.forms.invitations import (
    FiltreDesUtilisateurs,
    InviterDansLAcademieForm,
    ListeForm,
    MotifForm,
    place_dans,
    trouver_l_etablissement,
)
from referentiel.listes import paginer
from referentiel.models import DemandeDAcces, Invitation, Rattachement
from referentiel.permissions import peut_administrer_l_academie
from referentiel.portes import EspaceAcademique, dans_l_academie, exiger
from referentiel.rules.invitations import LIGNES_AU_PLUS, LigneCollee, dirige, lire_la_liste
from referentiel.rules.refus import Refus
from referentiel.services import invitations as services
from referentiel.views.invitations import confirmer_le_retrait

DEJA_PLUS_HAUT = "Cette adresse est déjà plus haut dans la liste, pour le même établissement."
LIRE_ET_ENVOYER = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@dans_l_academie
def utilisateurs(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Les personnes qui ont une place dans l'académie."""
    exiger(peut_administrer_l_academie(espace.place))
    form = FiltreDesUtilisateurs(request.GET)
    saisi = form.cleaned_data if form.is_valid() else {}
    texte, role = saisi.get("q", ""), saisi.get("role", "")
    personnes = lectures.chercher(lectures.de_l_academie(espace.academie), espace.academie, texte, role)
    page, pagination = paginer(request, personnes.order_by("cle", "pk"))
    contexte = {
        "form": form,
        "page": page,
        "pagination": pagination,
        "filtree": bool(texte or role),
        "en_attente": lectures.invitations_de(espace.academie).count(),
        "demandes": DemandeDAcces.objects.a_traiter().filter(etablissement__academie=espace.academie).count(),
    }
    return render(request, "referentiel/utilisateurs/liste.html", contexte)


@require_safe
@dans_l_academie
def utilisateur(request: HttpRequest, espace: EspaceAcademique, cle: int) -> HttpResponse:
    """Une personne : ses places d'ici, sa dernière connexion, de quoi la dépanner."""
    exiger(peut_administrer_l_academie(espace.place))
    personne = _personne(espace, cle)
    contexte = {"personne": personne, "tenu": lectures.peut_tenir_le_compte(espace.perimetre, personne)}
    return render(request, "referentiel/utilisateurs/utilisateur.html", contexte)


@require_POST
@dans_l_academie
def lien_de_mot_de_passe(request: HttpRequest, espace: EspaceAcademique, cle: int) -> HttpResponse:
    """« Envoyer un lien » : la personne choisit elle-même son mot de passe."""
    personne = _personne_tenue(espace, cle)
    if personne.is_active:
        envoyer_un_lien(personne=personne, par=request.user, le=espace.le)
        messages.success(request, f"Un lien est envoyé à {personne.courriel}.")
    else:
        messages.error(request, "Ce compte est fermé\u00a0: rouvrez-le d’abord dans l’administration.")
    return redirect("referentiel:utilisateur", cle=cle)


@exiger_une_preuve_recente
@LIRE_ET_ENVOYER
@dans_l_academie
def reinitialiser_le_facteur(request: HttpRequest, espace: EspaceAcademique, cle: int) -> HttpResponse:
    """Un téléphone perdu : la personne installera de nouveau son second facteur à sa prochaine connexion (T7)."""
    personne = _personne_tenue(espace, cle)
    retour = reverse("referentiel:utilisateur", args=[cle])
    if personne.pk == request.user.pk or espace.en_detour:
        return redirect(reverse("comptes:securite") if personne.pk == request.user.pk else retour)
    form = MotifForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            retirer_le_facteur(
                personne=personne, par=request.user, le=request.recue_le, motif=form.cleaned_data["motif"]
            )
        except RefusDeCompte as refus:
            messages.error(request, str(refus))
        else:
            messages.success(request, f"Le second facteur de {personne} est réinitialisé.")
        return redirect(retour)
    contexte = {
        "question": f"Réinitialiser le second facteur de {personne}\u00a0?",
        "consequences": [
            "Assurez-vous que c’est bien elle qui le demande\u00a0: rappelez-la à un numéro que vous connaissez.",
            "Ses sessions se ferment, ses codes de secours ne valent plus.",
            "Elle en installera un nouveau à sa prochaine connexion, et reçoit un courriel qui le dit.",
        ],
        "verbe": "Réinitialiser le second facteur",
        "annuler_url": retour,
        "formulaire": form,
        "fil_parent": {"libelle": personne.nom_affiche, "url": retour},
    }
    return render(request, "composants/confirmation.html", contexte)


@LIRE_ET_ENVOYER
@dans_l_academie
def inviter(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Inviter une personne, où que ce soit dans l'académie."""
    exiger(peut_administrer_l_academie(espace.place))
    form = InviterDansLAcademieForm(request.POST if request.method == "POST" else None, academie=espace.academie)
    if form.is_bound and form.is_valid():
        try:
            invitation = services.inviter(
                courriel=form.cleaned_data["courriel"], place=form.place, par=request.user, le=espace.le
            )
        except Refus as refus:
            form.add_error("courriel", str(refus))
        else:
            messages.success(request, f"Invitation envoyée à {invitation.courriel}.")
            return redirect("referentiel:invitations")
    return render(request, "referentiel/utilisateurs/inviter.html", {"form": form})


@require_safe
@dans_l_academie
def invitations(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Les invitations sans réponse."""
    exiger(peut_administrer_l_academie(espace.place))
    page, pagination = paginer(request, lectures.invitations_de(espace.academie))
    lignes = [(invitation, invitation.etat(request.recue_le)) for invitation in page]
    contexte = {"lignes": lignes, "pagination": pagination}
    return render(request, "referentiel/utilisateurs/invitations.html", contexte)


@LIRE_ET_ENVOYER
@dans_l_academie
def inviter_une_liste(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Une liste collée : ses lignes sont montrées avec leurs erreurs, puis invitées toutes, ou aucune."""
    exiger(peut_administrer_l_academie(espace.place))
    form = ListeForm(request.POST if request.method == "POST" else None)
    lignes: list[dict[str, Any]] = []
    if form.is_bound and form.is_valid():
        lues = lire_la_liste(form.cleaned_data["liste"])
        if len(lues) > LIGNES_AU_PLUS:
            form.add_error("liste", f"{len(lues)} lignes\u00a0: collez-en {LIGNES_AU_PLUS} au plus à la fois.")
        else:
            lignes = _verifier(espace, lues)
    erreurs = sum(bool(ligne["erreur"]) for ligne in lignes)
    if lignes and not erreurs and "envoyer" in request.POST:
        try:
            services.inviter_plusieurs(
                places=[(ligne["courriel"], ligne["place"]) for ligne in lignes], par=request.user, le=espace.le
            )
        except Refus as refus:
            form.add_error(None, f"{refus} Aucune invitation n’est partie.")
        else:
            messages.success(request, f"{_compter(len(lignes))} envoyée{'s' if len(lignes) > 1 else ''}.")
            return redirect("referentiel:invitations")
    contexte = {"form": form, "lignes": lignes, "erreurs": erreurs, "page_en_erreur": bool(erreurs)}
    return render(request, "referentiel/utilisateurs/liste_collee.html", contexte)


@require_POST
@dans_l_academie
def renvoyer_l_invitation(request: HttpRequest, espace: EspaceAcademique, code: str) -> HttpResponse:
    invitation = _invitation(espace, code)
    try:
        services.renvoyer_une_invitation(invitation=invitation, par=request.user, le=espace.le)
    except Refus as refus:
        messages.error(request, str(refus))
    else:
        messages.success(request, f"Invitation renvoyée à {invitation.courriel}. Le lien précédent ne vaut plus.")
    return redirect("referentiel:invitations")


@LIRE_ET_ENVOYER
@dans_l_academie
def retirer_l_invitation(request: HttpRequest, espace: EspaceAcademique, code: str) -> HttpResponse:
    suite = reverse("referentiel:invitations")
    return confirmer_le_retrait(request, _invitation(espace, code), suite, {"libelle": "Invitations", "url": suite})


def _personne(espace: EspaceAcademique, cle: int) -> Personne:
    return get_object_or_404(lectures.de_l_academie(espace.academie), pk=cle)


def _personne_tenue(espace: EspaceAcademique, cle: int) -> Personne:
    exiger(peut_administrer_l_academie(espace.place))
    personne = _personne(espace, cle)
    if not lectures.peut_tenir_le_compte(espace.perimetre, personne):
        raise PermissionDenied
    return personne


def _invitation(espace: EspaceAcademique, code: str) -> Invitation:
    exiger(peut_administrer_l_academie(espace.place))
    return get_object_or_404(lectures.invitations_de(espace.academie), code=code)


def _verifier(espace: EspaceAcademique, lues: list[LigneCollee]) -> list[dict[str, Any]]:
    """Chaque ligne, la place qu'elle propose, et ce qui l'empêche."""
    vues: set[tuple[str, str]] = set()
    lignes = []
    for lue in lues:
        etablissement, erreur = (None, lue.erreur) if lue.erreur else trouver_l_etablissement(espace.academie, lue.uai)
        role = Rattachement.Role.CHEF if dirige(lue.fonction) else Rattachement.Role.GESTIONNAIRE
        place = place_dans(etablissement, role, lue.fonction) if etablissement else None
        if place and etablissement:
            double = (lue.courriel, etablissement.uai) in vues
            erreur = DEJA_PLUS_HAUT if double else services.pourquoi_pas_inviter(lue.courriel, place) or ""
            vues.add((lue.courriel, etablissement.uai))
        lignes.append(
            {
                "numero": lue.numero,
                "courriel": lue.courriel,
                "uai": lue.uai,
                "fonction": lue.fonction,
                "etablissement": etablissement,
                "role": role.label if place else "",
                "place": place,
                "erreur": erreur,
            }
        )
    return lignes


def _compter(nombre: int) -> str:
    return f"{nombre} invitation{'s' if nombre > 1 else ''}"
