"""Pages publiques : accueil, aide, pages légales (écrans P1, P9, P10)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pilotage.rules import ligne_de_campagne
from referentiel.models import Academie, Campagne


@require_safe
def accueil(request: HttpRequest) -> HttpResponse:
    campagnes = list(Campagne.objects.ouvertes().avec_regles())
    contexte = {
        "campagnes": [
            {
                "academie": campagne.academie.nom,
                "ligne": ligne_de_campagne(
                    campagne.calendrier, "academie", annee=campagne.annee, ouverte=True, le=request.le
                ),
            }
            for campagne in campagnes
        ],
        "phrases_affelnet": list(dict.fromkeys(campagne.regles.phrase_affelnet for campagne in campagnes)),
    }
    return render(request, "pilotage/accueil.html", contexte)


@require_safe
def aide(request: HttpRequest) -> HttpResponse:
    return render(request, "pilotage/aide.html", {"academies": _joignables()})


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    return render(request, "pilotage/contact.html", {"academies": _joignables()})


@require_safe
def mentions(request: HttpRequest) -> HttpResponse:
    return render(request, "pilotage/mentions.html")


@require_safe
def donnees_personnelles(request: HttpRequest) -> HttpResponse:
    return render(request, "pilotage/donnees_personnelles.html", {"academies": _joignables()})


@require_safe
def accessibilite(request: HttpRequest) -> HttpResponse:
    return render(request, "pilotage/accessibilite.html", {"academies": _joignables()})


@require_safe
def plan_du_site(request: HttpRequest) -> HttpResponse:
    return render(request, "pilotage/plan_du_site.html")


def _joignables() -> list[Academie]:
    """Académies dont le SAIO a donné une adresse ou un téléphone."""
    return list(Academie.objects.exclude(contact_courriel="", contact_telephone=""))
