"""La page d'un travail long : où il en est, puis son fichier (écran C5)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import formats
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from referentiel.models import Travail
from referentiel.rules.dates import dire_heure, dire_instant
from referentiel.rules.refus import Refus
from referentiel.services.lectures import noter_le_document_emporte
from referentiel.services.travaux import relancer_le_travail

FINIS = {Travail.Etat.PRET, Travail.Etat.ARRETE}


@require_safe
@login_required
@never_cache
def travail(request: HttpRequest, code: str) -> HttpResponse:
    return render(request, "referentiel/travail.html", _contexte(_travail(request, code)))


@require_safe
@login_required
@never_cache
def avancement(request: HttpRequest, code: str) -> HttpResponse:
    """Où en est le travail, pour la page qui le suit toute seule."""
    suivi = _travail(request, code)
    return JsonResponse({"phrase": _phrase(suivi), "fait": suivi.fait, "fini": suivi.etat in FINIS})


@require_safe
@login_required
@never_cache
def fichier(request: HttpRequest, code: str) -> HttpResponse:
    pret = _travail(request, code)
    if not pret.fichier or pret.expire_le is None or pret.expire_le <= request.le:
        raise Http404
    try:
        document = pret.fichier.open("rb")
    except FileNotFoundError as absence:
        raise Http404 from absence
    if request.method == "GET":
        noter_le_document_emporte(
            quoi=pret.titre,
            uai=pret.etablissement.uai if pret.etablissement else "",
            par=request.user,
            le=request.recue_le,
        )
    # La taille se sait d'avance : une copie interrompue en chemin ne passe pas pour un document entier.
    return FileResponse(
        document, as_attachment=True, filename=pret.nom_du_fichier, headers={"Content-Length": str(pret.taille)}
    )


@require_POST
@login_required
def relancer(request: HttpRequest, code: str) -> HttpResponse:
    arrete = _travail(request, code)
    try:
        relancer_le_travail(travail=arrete, le=request.le)
    except Refus as refus:
        messages.error(request, str(refus))
    return redirect("referentiel:travail", code=code)


def _travail(request: HttpRequest, code: str) -> Travail:
    """Un travail que la personne a demandé, tant qu'elle garde une place là où elle l'a demandé (R37)."""
    perimetre = request.perimetre
    permis = Travail.objects.demandes_de(
        origine=perimetre.etablissements_origine,
        accueil=perimetre.etablissements_accueil,
        academies=perimetre.academies_administrees,
    )
    return get_object_or_404(permis.filter(par=request.user), code=code)


def _contexte(suivi: Travail) -> dict[str, Any]:
    return {
        "travail": suivi,
        "fini": suivi.etat in FINIS,
        "pret": suivi.etat == Travail.Etat.PRET,
        "phrase": _phrase(suivi),
        "poids": _poids(suivi),
        "jusqu_a": dire_instant(suivi.expire_le, annee=False) if suivi.expire_le else "",
        "demande_le": dire_heure(suivi.demande_le),
        "retour_url": suivi.demande.get("retour", ""),
    }


def _phrase(suivi: Travail) -> str:
    if suivi.etat == Travail.Etat.EN_FILE:
        return "En attente\u00a0: la préparation commence dans quelques instants."
    if suivi.etat == Travail.Etat.ARRETE:
        return "Le traitement s’est arrêté. Aucun document n’a été envoyé. Relancez-le."
    return f"{suivi.fait} sur {suivi.total}"


def _poids(suivi: Travail) -> str:
    """« 4,2 Mo, 212 pages »."""
    poids = f"{formats.number_format(max(suivi.taille / 1_000_000, 0.1), 1)} Mo"
    return f"{poids}, {suivi.pages} page{'s' if suivi.pages > 1 else ''}" if suivi.pages else poids
