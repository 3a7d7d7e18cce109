"""Une présence, enregistrée dès qu'elle est choisie : ce que répond le serveur au script de l'écran A10 (F4, F5)."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from entretiens import services
from entretiens.forms import PresencesForm
from entretiens.models import Entretien
from entretiens.permissions import peut_saisir_les_presences
from entretiens.rules.etats import EtatEntretien
from entretiens.views.presences import entretiens_notables
from referentiel.en_direct import (
    AUTRE_PERSONNE,
    confronter,
    dire_qui_est_connecte,
    est_d_une_autre_personne,
    refuser,
    refuser_pour,
)
from referentiel.portes import Espace, dans_l_accueil, exiger
from referentiel.rules.dates import dire_heure
from referentiel.rules.refus import Conflit, Refus


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def presence(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Enregistre la présence choisie ; une lecture dit qui est connecté."""
    exiger(peut_saisir_les_presences(espace.place))
    entretien = get_object_or_404(entretiens_notables(espace).select_related("candidature__eleve"), code=code)
    if request.method != "POST":
        return dire_qui_est_connecte(request)
    if "personne" not in request.POST or est_d_une_autre_personne(request):
        return refuser(AUTRE_PERSONNE)
    form = PresencesForm(request.POST, entretiens=[entretien])
    if not form.is_valid() or not form.cleaned_data[form.nom(entretien)]:
        return refuser("Choisissez «\u00a0Présence\u00a0», «\u00a0Absence\u00a0» ou «\u00a0À reporter\u00a0».")
    return _enregistrer(request, espace, entretien, form)


def _enregistrer(request: HttpRequest, espace: Espace, entretien: Entretien, form: PresencesForm) -> HttpResponse:
    voulue = EtatEntretien(form.cleaned_data[form.nom(entretien)])
    try:
        services.saisir_les_presences(presences={entretien: voulue}, vues=form.vues, par=request.user, le=espace.le)
    except Conflit as conflit:
        return confronter(str(conflit), conflit.actuel)
    except Refus as refus:
        return refuser_pour(refus)
    return JsonResponse(
        {
            "presence": voulue,
            "etat": f"Enregistré à {dire_heure(espace.le)}",
            "figee": voulue is EtatEntretien.EXCUSE,
        }
    )
