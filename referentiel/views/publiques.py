"""Le calendrier d'une campagne, pour tout le monde (écran P6)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from referentiel.agenda import TYPE, agenda_de_la_campagne
from referentiel.pages_publiques import (
    campagne_ou_404,
    campagne_publique,
    liens_des_academies,
    page_publique,
    sans_campagne,
    suffixe,
)
from referentiel.presentation import etapes_du_calendrier
from referentiel.rules.dates import dire_jour, jour_de
from referentiel.tableurs.ecriture import piece_jointe


@page_publique
def calendrier(request: HttpRequest) -> HttpResponse:
    campagne = campagne_publique(request)
    if campagne is None:
        return sans_campagne(request, "Calendrier")
    aujourd_hui = jour_de(request.le)
    academies = liens_des_academies(request, campagne.academie)
    contexte = {
        "campagne": campagne,
        "etapes": etapes_du_calendrier(campagne.calendrier, aujourd_hui),
        "aujourd_hui": dire_jour(aujourd_hui),
        "agenda_url": reverse("referentiel:calendrier_ics") + suffixe(request),
        "academies": academies if len(academies) > 1 else [],
    }
    return render(request, "referentiel/calendrier.html", contexte)


@page_publique
def calendrier_ics(request: HttpRequest) -> HttpResponse:
    campagne = campagne_ou_404(request)
    if not campagne.calendrier.periodes:
        raise Http404
    nom = f"passpro-{campagne.academie.code}-{campagne.annee}.ics"
    return piece_jointe(nom, agenda_de_la_campagne(campagne, request.le), TYPE)
