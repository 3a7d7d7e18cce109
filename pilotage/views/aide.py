"""L'aide, une page par rôle : ses questions, son calendrier, les règles de sa campagne (écran P9)."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from pilotage.rules import accorder
from pilotage.views.public import joignables, la_regarde
from referentiel.models import Campagne
from referentiel.permissions import peut_administrer
from referentiel.presentation import etapes_du_calendrier
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import INSECABLE, jour_de
from referentiel.rules.jeu import LIBELLES_AVIS, Affichage, Lettre
from referentiel.rules.noms import capitale


@dataclass(frozen=True, slots=True)
class Aide:
    """Un rôle qui a sa page : son titre, ce qu'on y trouve, les étapes du calendrier qui le regardent."""

    titre: str
    resume: str
    etapes: frozenset[Nature]
    dit_les_regles: bool = True


AIDES: dict[str, Aide] = {
    "familles": Aide(
        "Aide aux élèves et aux familles",
        "Trouver une formation, préparer l’entretien, comprendre la fiche récapitulative.",
        frozenset({Nature.INSCRIPTION, Nature.ENTRETIENS, Nature.VOEUX_AFFELNET, Nature.FERMETURE}),
    ),
    "origine": Aide(
        "Aide à l’établissement d’origine",
        "Importer et inscrire les élèves, donner un avis, remettre convocations et fiches.",
        frozenset(
            {
                Nature.INFORMATION,
                Nature.INSCRIPTION,
                Nature.ENTRETIENS,
                Nature.CONVOCATIONS,
                Nature.VISUALISATION,
                Nature.VOEUX_AFFELNET,
                Nature.FERMETURE,
            }
        ),
    ),
    "accueil": Aide(
        "Aide à l’établissement d’accueil",
        "Ouvrir des créneaux, convoquer, noter les présences, rédiger les comptes-rendus.",
        frozenset(
            {
                Nature.INSCRIPTION,
                Nature.PLANIFICATION,
                Nature.CONVOCATIONS,
                Nature.ENTRETIENS,
                Nature.SAISIE_AVIS_ACCUEIL,
                Nature.FERMETURE,
            }
        ),
    ),
    "jury": Aide(
        "Mener un entretien en 6 points",
        "Pour les personnes qui reçoivent les élèves.",
        frozenset({Nature.ENTRETIENS, Nature.SAISIE_AVIS_ACCUEIL}),
    ),
    "saio": Aide(
        "Aide au SAIO",
        "Préparer, régler, suivre et clore une campagne.",
        frozenset(Nature),
        dit_les_regles=False,
    ),
}


def pages_d_aide() -> list[dict[str, str]]:
    """Une ligne par rôle : son titre, ce qu'on y trouve, son adresse."""
    return [
        {"titre": une.titre, "resume": une.resume, "url": reverse("pilotage:aide_du_role", args=[role])}
        for role, une in AIDES.items()
    ]


@require_safe
def aide(request: HttpRequest) -> HttpResponse:
    campagnes = _campagnes(request)
    contexte = {"roles": pages_d_aide(), "academies": joignables(), "regles": [ReglesDites.de(c) for c in campagnes]}
    return render(request, "pilotage/aide.html", contexte)


@require_safe
def aide_du_role(request: HttpRequest, role: str) -> HttpResponse:
    """L'aide d'un rôle, dans un gabarit à son nom."""
    if role not in AIDES:
        raise Http404
    une, campagnes = AIDES[role], _campagnes(request)
    contexte = {
        "titre": une.titre,
        "calendriers": [_calendrier(request, une, campagne) for campagne in campagnes],
        "regles": [ReglesDites.de(campagne) for campagne in campagnes] if une.dit_les_regles else [],
        "academies": joignables(),
        "administre": peut_administrer(request.perimetre),
    }
    return render(request, f"pilotage/aide/{role}.html", contexte)


def _campagnes(request: HttpRequest) -> list[Campagne]:
    """Les campagnes ouvertes que la personne regarde ; l'annonce importante de l'une d'elles se lit en tête."""
    ouvertes = Campagne.objects.avec_annonces(request.le).ouvertes().avec_regles().order_by("academie__nom")
    request.campagnes_publiques = [campagne for campagne in ouvertes if la_regarde(request, campagne)]
    return request.campagnes_publiques


def _calendrier(request: HttpRequest, une: Aide, campagne: Campagne) -> dict[str, Any]:
    """Les dates de ce rôle dans une campagne, et où en est chacune."""
    etapes = etapes_du_calendrier(campagne.calendrier, jour_de(request.le))
    return {
        "academie": f"Académie de {campagne.academie.nom}",
        "etapes": [
            {"terme": etape.libelle, "valeur": f"{capitale(etape.dates)} ({etape.etat})"}
            for etape in etapes
            if etape.nature in une.etapes
        ],
    }


@dataclass(frozen=True, slots=True)
class ReglesDites:
    """Ce qui change d'une académie à l'autre, dit à une famille (R5)."""

    academie: str
    affelnet: str
    lettre: str
    avis_d_accueil: str
    avis_final: str
    compte_rendu: str
    formations: str

    @classmethod
    def de(cls, campagne: Campagne) -> "ReglesDites":
        regles = campagne.regles
        echelle = [LIBELLES_AVIS[avis].lower() for avis in regles.avis_d_accueil_possibles]
        limite = regles.formations_maximales
        return cls(
            f"Académie de {campagne.academie.nom}",
            regles.phrase_affelnet,
            LETTRES_DITES[Lettre(regles.lettre)],
            f"L’avis de l’établissement d’accueil est l’un de ceux-ci{INSECABLE}: {', '.join(echelle)}.",
            AVIS_FINAL_DIT[Affichage(regles.affichage)],
            f"Le compte-rendu est attendu {accorder(regles.delai_compte_rendu, 'jour')} au plus après l’entretien.",
            f"Un élève demande {limite}{INSECABLE}formation{'s' if limite > 1 else ''} au plus." if limite else "",
        )


LETTRES_DITES: dict[Lettre, str] = {
    Lettre.OBLIGATOIRE: "L’élève prépare une lettre par formation, obligatoire pour un entretien individuel.",
    Lettre.FACULTATIVE: "L’élève peut préparer une lettre par formation, et l’apporter à l’entretien.",
    Lettre.SANS_OBJET: "",
}
AVIS_FINAL_DIT: dict[Affichage, str] = {
    Affichage.AVEC_BONUS: "La fiche récapitulative montre un avis final, et le bonus qui va avec.",
    Affichage.INDICATIF: "La fiche récapitulative montre un avis final, à titre indicatif.",
    Affichage.AUCUN: "",
}
