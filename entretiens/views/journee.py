"""Ce qui s'emporte d'un planning : la journée à imprimer, ses feuilles en PDF, l'agenda (écran A4)."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from courriers.comptoir import donner
from courriers.pdf import RenduImpossible
from courriers.pieces import telecharger
from entretiens.agenda import agenda_du_planning
from entretiens.feuilles import (
    Par,
    creneaux_a_imprimer,
    emargement_imprime,
    emargements,
    feuilles_du_jour,
    journee_imprimee,
)
from entretiens.permissions import peut_emporter_le_planning, peut_lire_le_planning
from entretiens.views.filtrage import adresse_du_jour, filtrer
from referentiel.listes import adresse
from referentiel.portes import Espace, dans_l_accueil, exiger
from referentiel.rules.dates import debut_du_jour, jour_de

RIEN_A_IMPRIMER = "Aucun créneau ce jour\u00a0: il n’y a rien à imprimer."


@require_safe
@dans_l_accueil
def imprimer_le_jour(request: HttpRequest, espace: Espace, jour: date) -> HttpResponse:
    """Une feuille par jury, ou par lieu, à imprimer depuis le navigateur."""
    exiger(peut_lire_le_planning(espace.place))
    filtrage, par = filtrer(request, espace), _par(request)
    contexte = {
        "jour": jour,
        "feuilles": feuilles_du_jour(creneaux_a_imprimer(filtrage.creneaux, jour), par),
        "choix": [
            ("Une feuille par jury", adresse(request, par=""), par is Par.JURY),
            ("Une feuille par lieu", adresse(request, par=Par.LIEU), par is Par.LIEU),
        ],
        "jour_url": adresse_du_jour(espace, jour) + filtrage.suite,
        "requete": request.GET.urlencode(),
        "peut_emporter": peut_emporter_le_planning(espace.place),
        "uai": espace.etablissement.segment,
    }
    return render(request, "entretiens/planning_imprimer.html", contexte)


@require_safe
@dans_l_accueil
def feuilles_pdf(request: HttpRequest, espace: Espace, jour: date) -> HttpResponse:
    exiger(peut_emporter_le_planning(espace.place))
    filtrage = filtrer(request, espace)
    feuilles = feuilles_du_jour(creneaux_a_imprimer(filtrage.creneaux, jour), _par(request))
    if not feuilles:
        return _renoncer(request, espace, jour, RIEN_A_IMPRIMER)
    try:
        return donner(request, journee_imprimee(espace.etablissement, jour, feuilles))
    except RenduImpossible as panne:
        return _renoncer(request, espace, jour, str(panne))


@require_safe
@dans_l_accueil
def emargement_du_jour(request: HttpRequest, espace: Espace, jour: date) -> HttpResponse:
    """Les feuilles d'émargement du jour : une par jury, une par séance collective."""
    exiger(peut_emporter_le_planning(espace.place))
    feuilles = emargements(creneaux_a_imprimer(filtrer(request, espace).creneaux, jour))
    if not feuilles:
        return _renoncer(request, espace, jour, "Aucun élève ce jour\u00a0: il n’y a pas de feuille d’émargement.")
    try:
        return donner(request, emargement_imprime(espace.etablissement, feuilles, jour))
    except RenduImpossible as panne:
        return _renoncer(request, espace, jour, str(panne))


@require_safe
@dans_l_accueil
def agenda(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Les entretiens d'aujourd'hui et d'après, selon les filtres : ceux d'un jury, ou de tout l'établissement."""
    exiger(peut_emporter_le_planning(espace.place))
    creneaux = filtrer(request, espace).creneaux.filter(
        places_prises__gt=0, periode__startswith__gte=debut_du_jour(jour_de(espace.le))
    )
    return telecharger(agenda_du_planning(creneaux.select_related("seance__accueil__etablissement"), espace.le))


def _par(request: HttpRequest) -> Par:
    return Par.LIEU if request.GET.get("par") == Par.LIEU else Par.JURY


def _renoncer(request: HttpRequest, espace: Espace, jour: date, phrase: str) -> HttpResponse:
    messages.error(request, phrase)
    return redirect(adresse_du_jour(espace, jour))
