"""Page publique : l'accueil (écran P1)."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pilotage.rules import ligne_de_campagne
from referentiel.models import Academie, Campagne
from referentiel.pages_publiques import (
    academie_demandee,
    campagne_publique,
    liens_des_academies,
    page_publique,
    suffixe,
)
from referentiel.presentation import etapes_du_calendrier
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import INSECABLE, dire_jour, jour_de
from referentiel.rules.noms import capitale


@page_publique
def accueil(request: HttpRequest) -> HttpResponse:
    """P1 : ce qu'est Passpro, et le chemin du catalogue de l'académie."""
    campagne = campagne_publique(request)
    academies = liens_des_academies(request, campagne.academie if campagne else None)
    contexte = {
        "campagne": campagne,
        "ligne": _ligne(campagne, request.le) if campagne else "",
        "etapes": _etapes_en_bref(campagne, request.le) if campagne else [],
        "phrases_affelnet": _phrases_affelnet(_campagnes_dites(request, campagne)),
        "academies": academies if len(academies) > 1 else [],
        "academie": academie_demandee(request),
        "suffixe": suffixe(request),
    }
    return render(request, "pilotage/accueil.html", contexte)


def _campagnes_dites(request: HttpRequest, choisie: Campagne | None) -> list[Campagne]:
    """La campagne ouverte de l'académie choisie ; sans choix, toutes celles qui sont ouvertes."""
    if academie_demandee(request) or request.detour:
        return [choisie] if choisie and choisie.est_ouverte else []
    return [campagne for campagne in Campagne.objects.ouvertes().avec_regles() if la_regarde(request, campagne)]


EN_BREF = (Nature.INSCRIPTION, Nature.ENTRETIENS, Nature.VISUALISATION, Nature.FERMETURE)


def _etapes_en_bref(campagne: Campagne, le: datetime) -> list[dict[str, str]]:
    """Les étapes qu'une famille attend ; rien d'une campagne close."""
    if not campagne.est_ouverte:
        return []
    return [
        {"terme": etape.libelle, "valeur": f"{capitale(etape.dates)} ({etape.etat})"}
        for etape in etapes_du_calendrier(campagne.calendrier, jour_de(le))
        if etape.nature in EN_BREF
    ]


def _ligne(campagne: Campagne, le: datetime) -> str:
    """Où en est la campagne ; avant son premier jour, quand elle ouvre."""
    premier = campagne.calendrier.premier_jour()
    if campagne.est_ouverte and premier and jour_de(le) < premier:
        return f"La campagne {campagne.annee} ouvre le {dire_jour(premier)}."
    ligne = ligne_de_campagne(
        campagne.calendrier, "academie", annee=campagne.annee, ouverte=campagne.est_ouverte, le=le
    )
    return f"{ligne}."


def _phrases_affelnet(campagnes: list[Campagne]) -> list[str]:
    """La phrase de chaque campagne sur Affelnet ; avec son académie dès qu'il y en a plusieurs (R5)."""
    if len(campagnes) == 1:
        return [campagnes[0].regles.phrase_affelnet]
    return [f"Académie de {c.academie.nom}{INSECABLE}: {c.regles.phrase_affelnet}" for c in campagnes]


def la_regarde(request: HttpRequest, campagne: Campagne) -> bool:
    """Une personne connectée lit les règles de ses académies ; les autres, toutes."""
    siennes = {place.academie.pk for place in request.perimetre.places}
    return not siennes or campagne.academie_id in siennes


def joignables() -> list[Academie]:
    """Académies dont le SAIO a donné une adresse ou un téléphone."""
    return list(Academie.objects.exclude(contact_courriel="", contact_telephone=""))
