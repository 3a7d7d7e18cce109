"""Ce que le SAIO lit et décide de la conservation des campagnes (R40)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from conservation import services
from conservation.forms import ReportForm
from conservation.lectures import Conservation, conservation_de, conservations_de
from conservation.permissions import peut_veiller_aux_donnees
from conservation.registre import registre_lisible
from conservation.services.anonymisations import dire_les_comptes
from referentiel.models import Campagne
from referentiel.portes import EspaceAcademique, dans_l_academie, exiger
from referentiel.rules.dates import dire_jour, jour_de
from referentiel.rules.refus import Refus


@require_safe
@dans_l_academie
def accueil(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Chaque campagne : jusqu'à quand elle est gardée, ce qui sera effacé, ou ce qui l'a été."""
    exiger(peut_veiller_aux_donnees(espace.place))
    contexte = {"campagnes": [_dire(conservation, espace) for conservation in conservations_de(espace.academie)]}
    return render(request, "conservation/accueil.html", contexte)


@require_safe
@dans_l_academie
def registre(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Le registre des traitements de l'académie, à lire ou à imprimer."""
    exiger(peut_veiller_aux_donnees(espace.place))
    campagnes = Campagne.objects.filter(academie=espace.academie).exclude(etat=Campagne.Etat.PREPARATION)
    contexte = {
        "traitements": registre_lisible(campagnes.select_related("regles")),
        "academie": espace.academie,
        "edite_le": dire_jour(jour_de(espace.le)),
    }
    return render(request, "conservation/registre.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_academie
def reporter(request: HttpRequest, espace: EspaceAcademique, annee: int) -> HttpResponse:
    """Garder une campagne close plus longtemps, avec un motif."""
    exiger(peut_veiller_aux_donnees(espace.place))
    closes = Campagne.objects.filter(academie=espace.academie, etat=Campagne.Etat.CLOSE).avec_regles()
    campagne = get_object_or_404(closes.order_by("-pk"), annee=annee)
    form = ReportForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _reporter(request, espace, campagne, form):
        return redirect("conservation:accueil")
    conservation = conservation_de(campagne)
    prevue = conservation.prevue_le(espace.le)
    contexte = {
        "question": f"Reporter l’anonymisation de la campagne {campagne.annee}\u00a0?",
        "consequences": [
            f"Elle est prévue le {dire_jour(prevue)}." if prevue else "",
            "D’ici là, les données restent lisibles par ceux qui les lisent aujourd’hui.",
            "Le report et son motif sont gardés dans l’historique de la campagne.",
        ],
        "verbe": "Reporter",
        "annuler_url": reverse("conservation:accueil"),
        "formulaire": form,
        "fil_parent": {"libelle": "Données personnelles", "url": reverse("conservation:accueil")},
    }
    return render(request, "composants/confirmation.html", contexte)


def _reporter(request: HttpRequest, espace: EspaceAcademique, campagne: Campagne, form: ReportForm) -> bool:
    try:
        report = services.reporter(campagne=campagne, par=request.user, le=espace.le, **form.cleaned_data)
    except Refus as refus:
        form.add_error(None, str(refus))
        return False
    messages.success(request, f"Les données de la campagne sont gardées jusqu’au {dire_jour(report.jusqu_au)}.")
    return True


def _dire(conservation: Conservation, espace: EspaceAcademique) -> dict[str, Any]:
    campagne = conservation.campagne
    mois = campagne.regles.conservation
    lignes = [{"terme": "Durée réglée", "valeur": f"{mois} mois après la clôture"}]
    if conservation.close_le:
        lignes.append({"terme": "Close le", "valeur": dire_jour(jour_de(conservation.close_le))})
    lignes += [
        {
            "terme": f"Reportée au {dire_jour(report.jusqu_au)}",
            "valeur": f"{report.motif} – {report.par}, le {dire_jour(jour_de(report.le))}",
        }
        for report in conservation.reports
    ]
    return {
        "campagne": campagne,
        "lignes": lignes,
        "faite": _faite(conservation),
        "prevue": _prevue(conservation, espace),
        "reporter_url": ""
        if conservation.anonymisation or conservation.close_le is None
        else reverse("conservation:reporter", args=[campagne.annee]),
    }


def _faite(conservation: Conservation) -> dict[str, Any] | None:
    faite = conservation.anonymisation
    if faite is None:
        return None
    if faite.finie_le is None:
        return {"titre": "Anonymisation en cours", "comptes": dire_les_comptes(faite.comptes)}
    jour = dire_jour(jour_de(faite.finie_le))
    return {"titre": f"Anonymisée le {jour}", "comptes": dire_les_comptes(faite.comptes)}


def _prevue(conservation: Conservation, espace: EspaceAcademique) -> dict[str, Any] | None:
    prevue = conservation.prevue_le(espace.le)
    if prevue is None or conservation.anonymisation:
        return None
    comptes = dire_les_comptes(services.compter(campagne=conservation.campagne, le=espace.le))
    return {"titre": f"Ce qui sera anonymisé le {dire_jour(prevue)}", "comptes": comptes}
