"""Les pré-inscriptions qui attendent le SAIO : la file, une demande, sa décision (R21, écran S5)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from candidatures.forms.preinscription import AcceptationForm, ComplementForm, RefusForm
from candidatures.models import Candidature, PreInscription
from candidatures.preinscriptions import (
    Catalogue,
    Demande,
    age_en_jours_ouvres,
    controles,
    etablissement_de,
    lire,
    suggestions,
)
from candidatures.services import preinscriptions as services
from candidatures.views.communes import essayer
from candidatures.views.preinscription import recapituler
from comptes.models import Trace
from referentiel.listes import etiquettes, paginer
from referentiel.permissions import peut_administrer_l_academie
from referentiel.portes import EspaceAcademique, dans_l_academie, exiger
from referentiel.rules.noms import capitale, nommer
from referentiel.rules.refus import Refus

Etat = PreInscription.Etat
BADGES: dict[str, str] = {
    Etat.EN_ATTENTE: "fr-badge--purple-glycine",
    Etat.A_COMPLETER: "fr-badge--yellow-tournesol",
    Etat.ACCEPTEE: "fr-badge--success",
    Etat.REFUSEE: "fr-badge--beige-gris-galet",
}
FILTRES = {
    "": "Toutes",
    Etat.EN_ATTENTE.value: "À valider",
    Etat.A_COMPLETER.value: "Complément demandé",
    Etat.ACCEPTEE.value: "Acceptées",
    Etat.REFUSEE.value: "Refusées",
}


@require_safe
@dans_l_academie
def preinscriptions(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    exiger(peut_administrer_l_academie(espace.place))
    deposees = _deposees(espace)
    etat = request.GET.get("etat", "")
    etat = etat if etat in FILTRES else ""
    nombres = dict(deposees.order_by().values_list("etat").annotate(n=Count("pk")))
    nombres[""] = sum(nombres.values())
    lignes = deposees.filter(etat=etat) if etat else deposees
    page, pagination = paginer(request, lignes.order_by("recue_le", "pk"), nombres.get(etat, 0))
    page = list(page)
    catalogue = Catalogue.des(page)
    contexte = {
        "lignes": [_montrer(ligne, lire(ligne, catalogue), espace.le) for ligne in page],
        "etiquettes": etiquettes(request, etat, [(nom, FILTRES[nom], nombres.get(nom, 0)) for nom in FILTRES]),
        "pagination": pagination,
    }
    return render(request, "candidatures/preinscription/file.html", contexte)


@dans_l_academie
def preinscription(request: HttpRequest, espace: EspaceAcademique, code: str) -> HttpResponse:
    """La saisie et ses contrôles côte à côte ; l'envoi accepte, ou demande un complément."""
    exiger(peut_administrer_l_academie(espace.place))
    ligne = _demande(espace, code)
    demande = lire(ligne)
    geste = request.POST.get("geste", "") if request.method == "POST" else ""
    acceptation = _acceptation(demande, request.POST if geste == "accepter" else None)
    complement = ComplementForm(request.POST if geste == "completer" else None)
    if acceptation.is_bound and acceptation.is_valid() and _accepter(request, espace, ligne, acceptation):
        return redirect("candidatures:preinscription_saio", code)
    if complement.is_bound and complement.is_valid() and _completer(request, espace, ligne, complement):
        return redirect("candidatures:preinscription_saio", code)
    verifications = controles(ligne, demande)
    contexte = {
        "preinscription": ligne,
        "demande": demande,
        "badge": BADGES[ligne.etat],
        "domaines": recapituler(demande),
        "controles": verifications,
        "bloquee": any(controle.bloque for controle in verifications),
        "acceptation": acceptation,
        "complement": complement,
        "page_en_erreur": bool(acceptation.errors or complement.errors),
        "attend": ligne.etat == Etat.EN_ATTENTE and not espace.lecture_seule,
        "refusable": ligne.etat in {Etat.EN_ATTENTE, Etat.A_COMPLETER} and not espace.lecture_seule,
        "liens": ligne.liens.valides(espace.le).count(),
        "suivie": ligne.etat != Etat.REFUSEE and not espace.lecture_seule,
        "candidatures": _candidatures(ligne),
        "historique": [
            {"le": trace.le, "texte": trace.phrase, "auteur": trace.auteur_nom}
            for trace in Trace.objects.de(ligne).order_by("-le", "-pk")
        ],
    }
    return render(request, "candidatures/preinscription/demande.html", contexte)


@dans_l_academie
def refuser(request: HttpRequest, espace: EspaceAcademique, code: str) -> HttpResponse:
    """Page de confirmation du refus : la raison, et qui est prévenu."""
    exiger(peut_administrer_l_academie(espace.place))
    ligne = _demande(espace, code)
    form = RefusForm(request.POST if request.method == "POST" else None)
    retour = reverse("candidatures:preinscription_saio", args=[code])
    if espace.lecture_seule:
        return redirect(retour)
    if form.is_bound and form.is_valid():
        fait = essayer(
            form,
            lambda: _vrai(services.refuser, preinscription=ligne, **form.cleaned_data, par=request.user, le=espace.le),
        )
        if fait:
            messages.success(request, f"{ligne.reference} refusée. Le demandeur est prévenu.")
            return redirect(retour)
    contexte = {
        "question": f"Refuser la demande {ligne.reference}\u00a0?",
        "consequences": [
            "Le demandeur reçoit un courriel avec la raison et votre message.",
            "Aucun établissement d’accueil ne verra cette demande.",
            "Un refus ne s’annule pas\u00a0: le demandeur peut déposer une nouvelle demande.",
        ],
        "verbe": "Refuser la demande",
        "annuler_url": retour,
        "formulaire": form,
        "fil_parent": {"libelle": "Pré-inscriptions", "url": reverse("candidatures:preinscriptions")},
    }
    return render(request, "composants/confirmation.html", contexte)


@require_POST
@dans_l_academie
def revoquer(request: HttpRequest, espace: EspaceAcademique, code: str) -> HttpResponse:
    exiger(peut_administrer_l_academie(espace.place))
    ligne = _demande(espace, code)
    nombre = services.revoquer_les_liens(preinscription=ligne, par=request.user, le=espace.le)
    s = "s" if nombre > 1 else ""
    messages.success(request, f"{nombre or 'Aucun'} lien{s} révoqué{s}.")
    return redirect("candidatures:preinscription_saio", code)


@require_POST
@dans_l_academie
def renvoyer_le_lien(request: HttpRequest, espace: EspaceAcademique, code: str) -> HttpResponse:
    exiger(peut_administrer_l_academie(espace.place))
    ligne = _demande(espace, code)
    try:
        services.renvoyer_un_lien(preinscription=ligne, par=request.user, le=espace.le)
    except Refus as refus:
        messages.error(request, str(refus))
    else:
        messages.success(request, f"Un nouveau lien part à {ligne.courriel}.")
    return redirect("candidatures:preinscription_saio", code)


def _deposees(espace: EspaceAcademique):
    return PreInscription.objects.deposees().filter(campagne=espace.campagne)


def _demande(espace: EspaceAcademique, code: str) -> PreInscription:
    ligne = get_object_or_404(_deposees(espace), code=code)
    ligne.campagne = espace.campagne
    return ligne


def _montrer(ligne: PreInscription, demande: Demande, le: datetime) -> dict[str, Any]:
    age = age_en_jours_ouvres(ligne, le)
    return {
        "preinscription": ligne,
        "demande": demande,
        "formations": ", ".join(formation.intitule for formation in demande.formations),
        "age": f"{age} jour{'s' if age > 1 else ''} ouvré{'s' if age > 1 else ''}" if age else "aujourd’hui",
        "badge": BADGES[ligne.etat],
    }


def _acceptation(demande: Demande, donnees: Any) -> AcceptationForm:
    connu = etablissement_de(demande.demandeur)
    suggeres = [] if connu else suggestions(demande.demandeur)
    return AcceptationForm(donnees, donne=demande.demandeur.uai, connu=connu, suggeres=suggeres)


def _accepter(request: HttpRequest, espace: EspaceAcademique, ligne: PreInscription, form: AcceptationForm) -> bool:
    candidatures = essayer(
        form,
        lambda: services.accepter(preinscription=ligne, uai=form.choisi, par=request.user, le=espace.le),
    )
    if candidatures is None:
        return False
    messages.success(request, f"{ligne.reference} acceptée. {_qui_voit(candidatures)}")
    return True


def _qui_voit(candidatures: list[Candidature]) -> str:
    """« Le lycée Marcel-Pagnol voit la candidature. »"""
    noms = list(dict.fromkeys(nommer(candidature.accueil.etablissement.nom) for candidature in candidatures))
    if not noms:
        return ""
    *premiers, dernier = noms
    qui = f"{', '.join(premiers)} et {dernier}" if premiers else dernier
    return f"{capitale(qui)} {'voient' if premiers else 'voit'} la candidature."


def _completer(request: HttpRequest, espace: EspaceAcademique, ligne: PreInscription, form: ComplementForm) -> bool:
    fait = essayer(
        form,
        lambda: _vrai(
            services.demander_un_complement,
            preinscription=ligne,
            message=form.cleaned_data["message"],
            par=request.user,
            le=espace.le,
        ),
    )
    if fait:
        messages.success(request, f"Complément demandé pour {ligne.reference}. Le demandeur reçoit un courriel.")
    return bool(fait)


def _vrai(service: Callable[..., object], **arguments: Any) -> bool:
    service(**arguments)
    return True


def _candidatures(ligne: PreInscription) -> list[Candidature]:
    if ligne.eleve_id is None:
        return []
    return list(Candidature.objects.filter(eleve=ligne.eleve_id).avec_eleve().order_by("domaine__cle"))
