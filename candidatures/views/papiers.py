"""Les papiers de l'élève : préremplis dans l'espace de l'origine, vierges pour tout le monde (R20, écran P7)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from candidatures.lectures import candidatures_actives
from candidatures.models import Eleve, FormationDemandee
from candidatures.papiers import dossier_de, dossier_vierge, lettre_de, lettre_vierge
from candidatures.pdf import dossier_imprime, guide_imprime, lettres_imprimees
from candidatures.permissions import peut_inscrire
from candidatures.views.communes import eleve_de
from courriers.comptoir import donner
from courriers.imprimes import Imprime
from courriers.pdf import RenduImpossible
from referentiel.models import Campagne
from referentiel.pages_publiques import campagne_ou_404, campagne_publique, page_publique, sans_campagne, suffixe
from referentiel.portes import Espace, dans_l_origine, dossier_lu, exiger
from referentiel.rules.jeu import Lettre
from referentiel.rules.preparation import QUESTIONS_DE_LA_LETTRE

TITRES = {
    "dossier": ("Dossier de candidature", "L’élève y note ses formations\u00a0; l’établissement y ajoute ses avis."),
    "lettre": ("Lettre de préparation à l’entretien", "Douze questions pour préparer l’entretien, une par formation."),
    "guide": ("Guide d’aide à l’entretien", "Comment se déroule l’entretien, et comment s’y préparer."),
}


@page_publique
def documents(request: HttpRequest) -> HttpResponse:
    campagne = campagne_publique(request)
    if campagne is None:
        return sans_campagne(request, "Documents")
    papiers = [_lien(request, papier) for papier in _papiers_de(campagne)]
    return render(request, "candidatures/papiers/liste.html", {"campagne": campagne, "papiers": papiers})


@page_publique
def document(request: HttpRequest, papier: str) -> HttpResponse:
    campagne = campagne_ou_404(request)
    _exiger_le_papier(campagne, papier)
    contexte = {
        "titre": TITRES[papier][0],
        "gabarit": f"candidatures/papiers/_{papier}.html",
        "dossier": dossier_vierge(campagne),
        "lettre": lettre_vierge(campagne) if papier == "lettre" else campagne.regles.lettre,
        "questions": QUESTIONS_DE_LA_LETTRE,
        "pdf_url": _adresse(request, "document_pdf", papier),
        "documents_url": _adresse(request, "documents"),
    }
    return render(request, "candidatures/papiers/page.html", contexte)


@page_publique
def document_pdf(request: HttpRequest, papier: str) -> HttpResponse:
    campagne = campagne_ou_404(request)
    _exiger_le_papier(campagne, papier)
    try:
        return donner(request, _vierge(campagne, papier), dans_la_page=True)
    except RenduImpossible as panne:
        messages.error(request, str(panne))
        retour = redirect(_adresse(request, "document", papier))
        add_never_cache_headers(retour)
        return retour


@require_safe
@dans_l_origine
def dossier(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Le dossier de candidature prérempli de l'élève."""
    exiger(peut_inscrire(espace.place))
    eleve = eleve_de(espace, code)
    dossier_lu(request, eleve)
    try:
        imprime = dossier_imprime(dossier_de(espace.campagne, eleve, candidatures_actives(eleve)))
        return donner(request, imprime, dans_la_page=True)
    except RenduImpossible as panne:
        return _renoncer(request, espace, eleve, panne)


@require_safe
@dans_l_origine
def lettre(request: HttpRequest, espace: Espace, code: str, demande: str) -> HttpResponse:
    """La lettre de préparation de l'élève pour une formation demandée."""
    exiger(peut_inscrire(espace.place))
    eleve = eleve_de(espace, code)
    dossier_lu(request, eleve)
    if espace.campagne.regles.lettre == Lettre.SANS_OBJET:
        raise Http404
    demandees = FormationDemandee.objects.maintenues().filter(candidature__eleve=eleve).select_related("formation")
    demandee = get_object_or_404(demandees, code=demande)
    try:
        imprime = lettres_imprimees([lettre_de(espace.campagne, eleve, demandee.formation)], eleve)
        return donner(request, imprime, dans_la_page=True)
    except RenduImpossible as panne:
        return _renoncer(request, espace, eleve, panne)


def _vierge(campagne: Campagne, papier: str) -> Imprime:
    match papier:
        case "dossier":
            return dossier_imprime(dossier_vierge(campagne))
        case "lettre":
            return lettres_imprimees([lettre_vierge(campagne)])
        case _:
            return guide_imprime(campagne)


def _papiers_de(campagne: Campagne) -> list[str]:
    """Sans lettre de préparation dans la campagne, il n'y a pas de lettre à télécharger (R5)."""
    sans_lettre = campagne.regles.lettre == Lettre.SANS_OBJET
    return [papier for papier in TITRES if not (papier == "lettre" and sans_lettre)]


def _exiger_le_papier(campagne: Campagne, papier: str) -> None:
    if papier not in _papiers_de(campagne):
        raise Http404


def _lien(request: HttpRequest, papier: str) -> dict[str, Any]:
    titre, texte = TITRES[papier]
    return {
        "titre": titre,
        "texte": texte,
        "page_url": _adresse(request, "document", papier),
        "pdf_url": _adresse(request, "document_pdf", papier),
    }


def _adresse(request: HttpRequest, nom: str, *arguments: str) -> str:
    return reverse(f"candidatures:{nom}", args=arguments) + suffixe(request)


def _renoncer(request: HttpRequest, espace: Espace, eleve: Eleve, panne: RenduImpossible) -> HttpResponse:
    messages.error(request, str(panne))
    return redirect("pilotage:eleve", uai=espace.etablissement.segment, code=eleve.code)
