"""Le calendrier de la campagne, et ce que chacun peut faire un jour donné (écran S7, R4)."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from comptes.models import Trace
from pilotage.forms import JourneeForm
from pilotage.rules import ligne_de_campagne
from referentiel.detours import au_jour
from referentiel.frise import frise_du_calendrier
from referentiel.historique import page_d_historique, traces_des_objets
from referentiel.models import Campagne, Derogation, JeuDeRegles
from referentiel.permissions import peut_administrer_l_academie
from referentiel.portes import EspaceAcademique, dans_l_academie
from referentiel.presentation import etapes_du_calendrier
from referentiel.rules.calendrier import LIBELLES, Bornes, Calendrier, Nature
from referentiel.rules.dates import dire_jour, jour_de
from referentiel.rules.noms import capitale
from referentiel.rules.ouverture import ACTES, Ouverture

COTES = {"origine": "Établissement d’origine", "accueil": "Établissement d’accueil", "academie": "Académie"}


@require_safe
@dans_l_academie
def calendrier(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """La frise, les étapes, ce que chacun peut faire ; pour le SAIO, répéter une autre journée."""
    administre = peut_administrer_l_academie(espace.place)
    jour, dates = jour_de(espace.le), espace.campagne.calendrier
    ici = reverse("pilotage:calendrier_academie")
    demande = request.GET if "jour" in request.GET else None
    form = JourneeForm(demande, annee=espace.campagne.annee, initial={"jour": jour})
    if administre and form.is_bound and form.is_valid():
        return redirect(au_jour(request, form.cleaned_data["jour"], ici))
    contexte = {
        "campagne": espace.campagne,
        "jour": jour,
        "frise": frise_du_calendrier(dates, espace.campagne.conges, jour),
        "etapes": etapes_du_calendrier(dates, jour),
        "cotes": [(COTES[cote], _gestes(espace.ouverture, cote)) for cote in COTES],
        "lignes": [{"terme": libelle, "valeur": _ligne(espace, cote)} for cote, libelle in COTES.items()],
        "administre": administre,
        "repete": administre and not (request.detour and request.detour.annee),
        "derogations": _derogations(espace) if administre else [],
        "form": form,
        "veille_url": au_jour(request, jour - timedelta(days=1), ici),
        "lendemain_url": au_jour(request, jour + timedelta(days=1), ici),
        "cles": [(dire_jour(cle), ", ".join(raisons), au_jour(request, cle, ici)) for cle, raisons in _cles(dates)],
    }
    if administre:
        contexte |= page_d_historique(request, _traces(espace.campagne))
    return render(request, "pilotage/calendrier.html", contexte)


def _traces(campagne: Campagne) -> QuerySet[Trace]:
    """Ce qui a changé de la campagne : dates, ouverture, règles, dérogations."""
    regles = JeuDeRegles.objects.filter(campagne=campagne).values("pk")
    derogations = Derogation.objects.filter(campagne=campagne).values("pk")
    return traces_des_objets((Campagne, [campagne.pk]), (JeuDeRegles, regles), (Derogation, derogations))


def _gestes(ouverture: Ouverture, cote: str) -> list[dict[str, Any]]:
    """Chaque geste d'un côté, et la réponse du calendrier : la même que donnera le service."""
    reponses = ((acte, ouverture.du(geste)) for geste, acte in ACTES.items() if acte.cote == cote)
    return [{"libelle": capitale(acte.libelle), "reponse": reponse} for acte, reponse in reponses]


def _ligne(espace: EspaceAcademique, cote: str) -> str:
    """La phrase que porte, ce jour-là, le bandeau de ce côté."""
    campagne = espace.campagne
    return ligne_de_campagne(
        campagne.calendrier, cote, annee=campagne.annee, ouverte=campagne.est_ouverte, le=espace.le
    )


def _derogations(espace: EspaceAcademique) -> Iterable[Derogation]:
    accordees = Derogation.objects.filter(campagne=espace.campagne).select_related("etablissement")
    return accordees.order_by("jusqu_au", "etablissement__cle")


def _cles(calendrier: Calendrier) -> list[tuple[date, list[str]]]:
    """Premier et dernier jours de chaque étape, dans l'ordre, avec ce qui s'ouvre ou se ferme."""
    jours: dict[date, list[str]] = {}
    for nature in Nature:
        bornes = calendrier.periodes.get(nature, Bornes())
        libelle = f"{LIBELLES[nature][0].lower()}{LIBELLES[nature][1:]}"
        for jour, quoi in ((bornes.debut, "premier jour"), (bornes.fin, "dernier jour")):
            if jour:
                jours.setdefault(jour, []).append(f"{libelle} ({quoi})")
    return sorted(jours.items())
