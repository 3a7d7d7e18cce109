"""Importer les établissements et le catalogue, exporter le catalogue : le SAIO seul (R9, R10, écran S6)."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from referentiel.forms.importations import DepotForm
from referentiel.models import Campagne, Importation
from referentiel.permissions import peut_administrer_l_academie
from referentiel.portes import EspaceAcademique, dans_l_academie, exiger
from referentiel.presentation_des_imports import (
    SANS_DIFFERENCE,
    chiffres_du_plan,
    groupes_du_plan,
    montrer_le_plan,
    montrer_le_rapport,
    phrase_du_succes,
)
from referentiel.rules.refus import Refus
from referentiel.services import importations as services
from referentiel.services.import_catalogue import lignes_du_catalogue
from referentiel.tableurs.ecriture import Feuille, reponse_csv, reponse_xlsx

Nature = Importation.Nature
Etat = Importation.Etat
FEUILLE = "Offres"
IMPORTS_RAPPELES = 10


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_academie
def deposer(request: HttpRequest, espace: EspaceAcademique, nature: str) -> HttpResponse:
    exiger(peut_administrer_l_academie(espace.place))
    campagnes = _campagnes(espace) if nature == Nature.CATALOGUE else None
    formulaire = DepotForm(request.POST or None, request.FILES or None, campagnes=campagnes)
    if request.method == "POST" and formulaire.is_valid():
        try:
            importation = services.deposer(
                nature=nature,
                academie=espace.academie,
                campagne=formulaire.cleaned_data.get("campagne"),
                tableau=formulaire.tableau,
                nom_du_fichier=formulaire.nom_du_fichier,
                par=request.user,
                le=request.le,
            )
        except Refus as refus:
            formulaire.add_error("fichier" if formulaire.cleaned_data.get("fichier") else "colle", str(refus))
        else:
            return redirect(f"referentiel:comparer_{nature}", importation.code)
    contexte = {
        "form": formulaire,
        "nature": nature,
        "importations": _importations(espace, nature)[:IMPORTS_RAPPELES],
        "campagnes": campagnes,
        "academie": espace.academie.code,
    }
    return render(request, f"referentiel/importations/{nature}.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_academie
def comparer(request: HttpRequest, espace: EspaceAcademique, nature: str, code: str) -> HttpResponse:
    exiger(peut_administrer_l_academie(espace.place))
    importation = _importation(espace, nature, code)
    if importation.etat != Etat.VERIFICATION:
        return redirect(_suite(importation))
    if request.method == "POST":
        groupes = request.POST.getlist("groupe")
        try:
            faite = services.appliquer(
                importation=importation,
                groupes=groupes,
                empreinte=request.POST.get("empreinte", ""),
                par=request.user,
                le=request.le,
            )
        except Refus as refus:
            return _montrer_la_comparaison(request, importation, groupes=groupes, refus=str(refus))
        messages.success(request, phrase_du_succes(faite.rapport))
        return redirect(f"referentiel:rapport_{nature}", importation.code)
    return _montrer_la_comparaison(request, importation)


@require_safe
@dans_l_academie
def rapport(request: HttpRequest, espace: EspaceAcademique, nature: str, code: str) -> HttpResponse:
    exiger(peut_administrer_l_academie(espace.place))
    importation = _importation(espace, nature, code)
    if importation.etat != Etat.APPLIQUEE:
        return redirect(_suite(importation))
    tout = "tout" in request.GET
    contexte = {
        "importation": importation,
        "rapport": importation.rapport,
        "retour_url": reverse(f"referentiel:importer_{nature}"),
        **montrer_le_rapport(importation.rapport, tout=tout),
    }
    return render(request, "referentiel/importations/rapport.html", contexte)


@require_POST
@dans_l_academie
def abandonner(request: HttpRequest, espace: EspaceAcademique, nature: str, code: str) -> HttpResponse:
    exiger(peut_administrer_l_academie(espace.place))
    try:
        services.abandonner(importation=_importation(espace, nature, code))
    except Refus as refus:
        messages.error(request, str(refus))
    else:
        messages.success(request, "Import abandonné. Les lignes lues sont effacées.")
    return redirect(f"referentiel:importer_{nature}")


@require_safe
@dans_l_academie
def sauvegarde(request: HttpRequest, espace: EspaceAcademique, code: str) -> HttpResponse:
    """Le catalogue tel qu'il était avant cet import."""
    exiger(peut_administrer_l_academie(espace.place))
    gardee = _importation(espace, Nature.CATALOGUE, code).rapport.get("sauvegarde")
    if not gardee:
        raise Http404
    return reponse_xlsx(f"sauvegarde-{code}", Feuille(FEUILLE, gardee["entetes"], gardee["lignes"]))


@require_safe
@dans_l_academie
def exporter_le_catalogue(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Le catalogue d'une campagne, en XLSX, ou en CSV avec `?format=csv` : il se réimporte tel quel."""
    exiger(peut_administrer_l_academie(espace.place))
    demandee = request.GET.get("campagne", "")
    campagne = _campagnes(espace).filter(pk=demandee).first() if demandee.isdecimal() else espace.campagne
    if campagne is None:
        raise Http404
    nom = f"catalogue-{espace.academie.code}-{campagne.annee}"
    feuille = Feuille(FEUILLE, *lignes_du_catalogue(campagne))
    return reponse_csv(nom, feuille) if request.GET.get("format") == "csv" else reponse_xlsx(nom, feuille)


def _montrer_la_comparaison(
    request: HttpRequest, importation: Importation, *, groupes: list[str] | None = None, refus: str = ""
) -> HttpResponse:
    try:
        plan = services.comparer_l_importation(importation)
    except Refus as empeche:
        messages.error(request, str(empeche))
        return redirect(f"referentiel:importer_{importation.nature}")
    tout = "tout" in request.GET
    contexte: dict[str, Any] = {
        "importation": importation,
        "plan": plan,
        "chiffres": chiffres_du_plan(plan),
        "groupes": groupes_du_plan(plan, groupes),
        "sans_difference": SANS_DIFFERENCE[Nature(importation.nature)],
        "refus": refus,
        "page_en_erreur": bool(refus),
        "retour_url": reverse(f"referentiel:importer_{importation.nature}"),
        "abandon_url": reverse(f"referentiel:abandonner_{importation.nature}", args=[importation.code]),
        **montrer_le_plan(plan, tout=tout),
    }
    return render(request, "referentiel/importations/comparaison.html", contexte)


def _campagnes(espace: EspaceAcademique) -> QuerySet[Campagne]:
    """Celles dont le catalogue peut encore changer, la plus récente d'abord (R1)."""
    return (
        Campagne.objects.filter(academie=espace.academie).exclude(etat=Campagne.Etat.CLOSE).order_by("etat", "-annee")
    )


def _importations(espace: EspaceAcademique, nature: str) -> QuerySet[Importation]:
    siennes = Importation.objects.filter(academie=espace.academie, nature=nature)
    return siennes.select_related("campagne", "academie", "par").defer("lignes")


def _importation(espace: EspaceAcademique, nature: str, code: str) -> Importation:
    siennes = Importation.objects.filter(academie=espace.academie, nature=nature)
    return get_object_or_404(siennes.select_related("campagne", "academie", "par"), code=code)


def _suite(importation: Importation) -> str:
    """Où mène un import selon son état."""
    if importation.etat == Etat.VERIFICATION:
        return reverse(f"referentiel:comparer_{importation.nature}", args=[importation.code])
    if importation.etat == Etat.APPLIQUEE:
        return reverse(f"referentiel:rapport_{importation.nature}", args=[importation.code])
    return reverse(f"referentiel:importer_{importation.nature}")
