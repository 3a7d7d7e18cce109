"""Tout inscrit doit être convoqué : les établissements d'accueil où des élèves attendent (R26, écran S4)."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from candidatures.models import Candidature
from pilotage.selectors.attentes import AttenteDUnAccueil, attentes_par_accueil
from pilotage.views.suivi import departements_lisibles, dire_le_perimetre
from referentiel.conditions_preparees import de_la_campagne
from referentiel.listes import adresse, etiquettes, paginer
from referentiel.portes import EspaceAcademique, dans_l_academie
from referentiel.presentation import nom_du_departement
from referentiel.rules.calendrier import Nature, phrase_d_echeance
from referentiel.rules.identifiants import cle_de_recherche

SANS_CRENEAU = "sans-creneau"
PLACES_A_CREER = "places-a-creer"
ETATS: dict[str, tuple[str, Callable[[AttenteDUnAccueil], bool]]] = {
    "": ("Tous", lambda attente: True),
    SANS_CRENEAU: ("Sans créneau", lambda attente: attente.est_sans_creneau),
    PLACES_A_CREER: ("Places à créer", lambda attente: attente.manque > 0),
}
# Colonnes qui trient, et si elles commencent par le plus grand.
TRIS: dict[str, tuple[str, Callable[[AttenteDUnAccueil], Any], bool]] = {
    "etablissement": ("Établissement", lambda attente: cle_de_recherche(attente.nom, attente.commune), False),
    "departement": ("Département", lambda attente: (attente.departement, cle_de_recherche(attente.nom)), False),
    "attendent": ("Élèves à planifier", lambda attente: attente.attendent, True),
    "reserves": ("Convocations à envoyer", lambda attente: attente.reserves, True),
    "places": ("Places libres", lambda attente: attente.places, False),
    "manque": ("Places à créer", lambda attente: attente.manque, True),
    "ancienne": ("Plus ancienne inscription", lambda attente: attente.plus_ancienne, False),
}
PAR_DEFAUT = "attendent"


@require_safe
@dans_l_academie
def attentes(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Sans nom d'élève ; l'observation compte, comme au suivi, les élèves scolarisés dans ses départements."""
    lisibles = departements_lisibles(espace)
    toutes = attentes_par_accueil(_candidatures(espace, lisibles), espace.le)
    etat = request.GET.get("etat", "")
    etat = etat if etat in ETATS else ""
    retenues = [attente for attente in toutes if ETATS[etat][1](attente)]
    triees, entetes = _trier(request, retenues)
    page, pagination = paginer(request, triees)
    fin = espace.campagne.calendrier.bornes(Nature.CONVOCATIONS).fin
    contexte = {
        "total": len(retenues),
        "perimetre": dire_le_perimetre(lisibles),
        "pagination": pagination,
        "entetes": entetes,
        "etats": etiquettes(request, etat, [(nom, ETATS[nom][0], _compter(toutes, nom)) for nom in ETATS]),
        "attendent": sum(attente.attendent for attente in retenues),
        "reserves": sum(attente.reserves for attente in retenues),
        "manque": sum(attente.manque for attente in retenues),
        "echeance": phrase_d_echeance(Nature.CONVOCATIONS, fin, espace.le) if fin else "",
        "lignes": [(attente, nom_du_departement(attente.departement)) for attente in page],
    }
    return render(request, "pilotage/attentes.html", contexte)


def _candidatures(espace: EspaceAcademique, lisibles: list[str] | None) -> QuerySet[Candidature]:
    candidatures = Candidature.objects.filter(de_la_campagne("domaine", espace.campagne))
    if lisibles is None:
        return candidatures
    return candidatures.filter(eleve__etablissement__departement__in=lisibles)


def _compter(toutes: list[AttenteDUnAccueil], etat: str) -> int:
    return sum(ETATS[etat][1](attente) for attente in toutes)


def _trier(
    request: HttpRequest, lignes: list[AttenteDUnAccueil]
) -> tuple[list[AttenteDUnAccueil], list[dict[str, str]]]:
    """Lignes dans l'ordre demandé, et les en-têtes qui en demandent un autre."""
    demande = request.GET.get("tri", "")
    nom, inverse = demande.removeprefix("-"), demande.startswith("-")
    if nom not in TRIS:
        nom, inverse = PAR_DEFAUT, False
    entetes = [_entete(request, un, nom, inverse) for un in TRIS]
    return sorted(lignes, key=TRIS[nom][1], reverse=TRIS[nom][2] != inverse), entetes


def _entete(request: HttpRequest, nom: str, courant: str, inverse: bool) -> dict[str, str]:
    libelle, _, decroissant = TRIS[nom]
    sens = ("decroissant" if decroissant != inverse else "croissant") if nom == courant else ""
    suivant = f"-{nom}" if nom == courant and not inverse else nom
    return {"libelle": libelle, "url": adresse(request, tri=suivant, page=None), "sens": sens}
