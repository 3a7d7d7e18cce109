"""La vérification d'une fiche par son code, ouverte à tous, sans donnée d'élève (R32)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from avis.lectures import fiche_de
from avis.models import Fiche
from referentiel.models import Campagne


@require_safe
def verification(request: HttpRequest, code: str) -> HttpResponse:
    """Dit si la fiche de ce code est la version en vigueur, et rien d'autre."""
    fiche = Fiche.objects.filter(code=code.lower()).select_related("eleve__etablissement").first()
    if fiche is None:
        return render(request, "avis/verification.html", {"connue": False}, status=404)
    campagne = Campagne.objects.avec_regles().get(pk=fiche.eleve.campagne_id)
    contexte = {
        "connue": True,
        "a_jour": fiche_de(campagne, fiche.eleve, request.le).empreinte == fiche.empreinte,
        "etablie_le": fiche.etablie_le,
        "academie": campagne.academie.nom_complet,
        "annee": campagne.annee,
    }
    return render(request, "avis/verification.html", contexte)
