"""Pages publiques : accueil, aide, pages légales (écrans P1, P9, P10)."""

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

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
from referentiel.rules.jeu import LIBELLES_AVIS, Affichage, Lettre


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
    return [campagne for campagne in Campagne.objects.ouvertes().avec_regles() if _la_regarde(request, campagne)]


EN_BREF = (Nature.INSCRIPTION, Nature.ENTRETIENS, Nature.VISUALISATION, Nature.FERMETURE)


def _etapes_en_bref(campagne: Campagne, le: datetime) -> list[dict[str, str]]:
    """Les étapes qu'une famille attend ; rien d'une campagne close."""
    if not campagne.est_ouverte:
        return []
    return [
        {"terme": etape.libelle, "valeur": f"{etape.dates[0].upper()}{etape.dates[1:]} ({etape.etat})"}
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


# Rôles qui ont leur page d’aide, et ce qu’elle s’appelle.
AIDES: dict[str, str] = {"saio": "Aide du SAIO"}


@require_safe
def aide(request: HttpRequest) -> HttpResponse:
    ouvertes = Campagne.objects.avec_annonces(request.le).ouvertes().avec_regles().order_by("academie__nom")
    request.campagnes_publiques = campagnes = [c for c in ouvertes if _la_regarde(request, c)]
    contexte = {"academies": _joignables(), "regles": [ReglesDites.de(campagne) for campagne in campagnes]}
    return render(request, "pilotage/aide.html", contexte)


@require_safe
def aide_du_role(request: HttpRequest, role: str) -> HttpResponse:
    """L'aide d'un rôle, dans un gabarit à son nom (P9)."""
    if role not in AIDES:
        raise Http404
    return render(request, f"pilotage/aide/{role}.html", {"titre": AIDES[role], "academies": _joignables()})


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


@dataclass(frozen=True, slots=True)
class ReglesDites:
    """Ce qui change d'une académie à l'autre, dit à une famille (R5)."""

    academie: str
    affelnet: str
    lettre: str
    avis_d_accueil: str
    avis_final: str

    @classmethod
    def de(cls, campagne: Campagne) -> "ReglesDites":
        regles = campagne.regles
        echelle = [LIBELLES_AVIS[avis].lower() for avis in regles.avis_d_accueil_possibles]
        return cls(
            f"Académie de {campagne.academie.nom}",
            regles.phrase_affelnet,
            LETTRES_DITES[Lettre(regles.lettre)],
            f"L’avis de l’établissement d’accueil est l’un de ceux-ci{INSECABLE}: {', '.join(echelle)}.",
            AVIS_FINAL_DIT[Affichage(regles.affichage)],
        )


LETTRES_DITES: dict[Lettre, str] = {
    Lettre.OBLIGATOIRE: "L’élève prépare une lettre par formation : elle est obligatoire pour un entretien individuel.",
    Lettre.FACULTATIVE: "L’élève peut préparer une lettre par formation, et l’apporter à l’entretien.",
    Lettre.SANS_OBJET: "",
}
AVIS_FINAL_DIT: dict[Affichage, str] = {
    Affichage.AVEC_BONUS: "La fiche récapitulative montre un avis final, et le bonus qui va avec.",
    Affichage.INDICATIF: "La fiche récapitulative montre un avis final, à titre indicatif.",
    Affichage.AUCUN: "",
}


def _phrases_affelnet(campagnes: list[Campagne]) -> list[str]:
    """La phrase de chaque campagne sur Affelnet ; avec son académie dès qu'il y en a plusieurs (R5)."""
    if len(campagnes) == 1:
        return [campagnes[0].regles.phrase_affelnet]
    return [f"Académie de {c.academie.nom}{INSECABLE}: {c.regles.phrase_affelnet}" for c in campagnes]


def _la_regarde(request: HttpRequest, campagne: Campagne) -> bool:
    """Une personne connectée lit les règles de ses académies ; les autres, toutes."""
    siennes = {place.academie.pk for place in request.perimetre.places}
    return not siennes or campagne.academie_id in siennes


def _joignables() -> list[Academie]:
    """Académies dont le SAIO a donné une adresse ou un téléphone."""
    return list(Academie.objects.exclude(contact_courriel="", contact_telephone=""))
