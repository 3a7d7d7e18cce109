"""Répondre à un élève qui demande à lire, corriger ou effacer ses données (R40)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from candidatures.models import Candidature, Eleve
from candidatures.rules import ANNULABLES, ENTRETIEN_A_VENIR, INVISIBLES_A_L_ACCUEIL, Etat
from candidatures.services import SaisieEleve
from comptes.preuve import exiger_une_preuve_recente
from conservation import services
from conservation.dossier import archive_de
from conservation.forms import EffacementForm, RechercheForm, RectificationForm
from conservation.models import Effacement
from conservation.permissions import peut_veiller_aux_donnees
from conservation.recherche import MONTRES, trouver
from referentiel.listes import adresse_de_chacune
from referentiel.models import Campagne
from referentiel.portes import EspaceAcademique, dans_l_academie, dossier_lu, eleves_trouves, exiger
from referentiel.rules.refus import PeriodeClose, Refus
from referentiel.tableurs.ecriture import piece_jointe

IDENTITE = ("nom", "prenom", "date_de_naissance", "ine")


@require_safe
@dans_l_academie
def chercher(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Un élève de l'académie, de cette campagne ou d'une autre, par son INE ou son nom."""
    exiger(peut_veiller_aux_donnees(espace.place))
    form = RechercheForm(request.GET or None)
    cherche = form.cleaned_data["q"] if form.is_bound and form.is_valid() else ""
    trouves = trouver(espace.academie, cherche) if cherche else []
    tronquee, trouves = len(trouves) > MONTRES, trouves[:MONTRES]
    eleves_trouves(request, trouves)
    url = adresse_de_chacune("conservation:eleve")
    contexte = {
        "formulaire": form,
        "cherche": cherche,
        "tronquee": tronquee,
        "lignes": [{"eleve": eleve, "url": url(eleve.code)} for eleve in trouves],
    }
    return render(request, "conservation/eleves.html", contexte)


@require_safe
@dans_l_academie
def eleve(request: HttpRequest, espace: EspaceAcademique, code: str) -> HttpResponse:
    exiger(peut_veiller_aux_donnees(espace.place))
    ligne = _eleve(request, espace, code)
    contexte = {
        "eleve": ligne,
        "lignes": [
            {"terme": "Établissement", "valeur": ligne.etablissement.nom_et_commune},
            {"terme": "Classe", "valeur": ligne.classe},
            {"terme": "Campagne", "valeur": ligne.campagne.intitule},
            {"terme": "Candidatures", "valeur": str(ligne.candidatures.count())},
        ],
        "efface": Effacement.objects.filter(eleve=ligne).first(),
        "emporter_url": reverse("conservation:emporter", args=[code]),
        "rectifier_url": reverse("conservation:rectifier", args=[code]),
        "effacer_url": reverse("conservation:effacer", args=[code]),
    }
    return render(request, "conservation/eleve.html", contexte)


@exiger_une_preuve_recente
@require_POST
@dans_l_academie
def emporter(request: HttpRequest, espace: EspaceAcademique, code: str) -> HttpResponse:
    exiger(peut_veiller_aux_donnees(espace.place))
    ligne = _eleve(request, espace, code)
    services.noter_la_remise(eleve=ligne, par=request.user, le=espace.le)
    archive = archive_de(ligne, le=espace.le)
    return piece_jointe(f"passpro-donnees-{ligne.code}.zip", archive, "application/zip")


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_academie
def rectifier(request: HttpRequest, espace: EspaceAcademique, code: str) -> HttpResponse:
    exiger(peut_veiller_aux_donnees(espace.place))
    ligne = _eleve(request, espace, code)
    form = RectificationForm(request.POST if request.method == "POST" else None, initial=_identite(ligne))
    if form.is_bound and form.is_valid() and _rectifier(request, espace, ligne, form):
        return redirect("conservation:eleve", code=code)
    contexte = {
        "question": f"Rectifier les données de {ligne.nom_affiche}\u00a0?",
        "consequences": [
            "Si le nom, le prénom ou la date de naissance change, ses établissements sont prévenus par courriel.",
            "L’ancienne valeur, la nouvelle et le motif restent dans son historique.",
            *_consequences_d_une_campagne_close(ligne),
        ],
        "verbe": "Rectifier",
        "annuler_url": reverse("conservation:eleve", args=[code]),
        "formulaire": form,
        "fil_parent": {"libelle": ligne.nom_affiche, "url": reverse("conservation:eleve", args=[code])},
    }
    return render(request, "composants/confirmation.html", contexte)


@exiger_une_preuve_recente
@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_academie
def effacer(request: HttpRequest, espace: EspaceAcademique, code: str) -> HttpResponse:
    """Dit ce qui sera annulé et perdu, puis efface."""
    exiger(peut_veiller_aux_donnees(espace.place))
    ligne = _eleve(request, espace, code)
    form = EffacementForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _effacer(request, espace, ligne, form):
        return redirect("conservation:eleves")
    contexte = {
        "question": f"Effacer les données de {ligne.nom_affiche}\u00a0?",
        "consequences": _consequences(ligne),
        "verbe": "Effacer sans retour",
        "renoncer": "Garder les données",
        "annuler_url": reverse("conservation:eleve", args=[code]),
        "formulaire": form,
        "fil_parent": {"libelle": ligne.nom_affiche, "url": reverse("conservation:eleve", args=[code])},
    }
    return render(request, "composants/confirmation.html", contexte)


def _eleve(request: HttpRequest, espace: EspaceAcademique, code: str) -> Eleve:
    siens = Eleve.objects.filter(campagne__academie=espace.academie)
    ligne = get_object_or_404(siens.select_related("etablissement", "campagne__academie"), code=code)
    dossier_lu(request, ligne)
    return ligne


def _identite(eleve: Eleve) -> dict[str, Any]:
    return {champ: getattr(eleve, champ) for champ in IDENTITE}


def _rectifier(request: HttpRequest, espace: EspaceAcademique, eleve: Eleve, form: RectificationForm) -> bool:
    garde = {champ: getattr(eleve, champ) for champ in SaisieEleve.__dataclass_fields__}
    saisie = SaisieEleve(**garde | {champ: form.cleaned_data[champ] for champ in IDENTITE})
    try:
        services.rectifier_un_eleve(
            eleve=eleve, saisie=saisie, motif=form.cleaned_data["motif"], par=request.user, le=espace.le
        )
    except (PeriodeClose, Refus) as refus:
        form.add_error(None, str(refus))
        return False
    messages.success(request, "Données rectifiées.")
    return True


def _effacer(request: HttpRequest, espace: EspaceAcademique, eleve: Eleve, form: EffacementForm) -> bool:
    try:
        services.effacer_un_eleve(eleve=eleve, motif=form.cleaned_data["motif"], par=request.user, le=espace.le)
    except Refus as refus:
        form.add_error(None, str(refus))
        return False
    messages.success(request, "Les données de l’élève sont effacées. Les chiffres de la campagne ne changent pas.")
    return True


def _consequences_d_une_campagne_close(eleve: Eleve) -> list[str]:
    if eleve.campagne.etat != Campagne.Etat.CLOSE:
        return []
    return [
        f"La campagne «\u00a0{eleve.campagne.intitule}\u00a0» est close\u00a0: seules ces quatre données y changent. "
        "Une fiche déjà remise porte l’ancienne identité, et se remet de nouveau si la famille le demande."
    ]


def _consequences(eleve: Eleve) -> list[str]:
    a_annuler = Candidature.objects.filter(eleve=eleve, etat__in=ANNULABLES).select_related("domaine")
    return [
        *(_dire_l_annulation(candidature) for candidature in a_annuler.order_by("domaine__cle", "pk")),
        "Nom, prénom, INE, date de naissance, commentaires et comptes-rendus seront effacés, historique compris.",
        "Une fiche déjà remise ne pourra plus être vérifiée.",
        "Les documents préparés de la campagne seront effacés\u00a0: ils se préparent de nouveau.",
        "Rien ne permet de revenir en arrière.",
    ]


def _dire_l_annulation(candidature: Candidature) -> str:
    etat, domaine = Etat(candidature.etat), candidature.domaine
    if etat in ENTRETIEN_A_VENIR:
        return f"L’entretien pour {domaine} sera annulé, son créneau libéré, et les établissements prévenus."
    if etat in INVISIBLES_A_L_ACCUEIL:
        return f"La candidature en préparation pour {domaine} sera annulée, et l’établissement d’origine prévenu."
    return f"La candidature pour {domaine} sera annulée, et les établissements prévenus."
