"""Imprimer les papiers d'une sélection d'élèves : le fichier se prépare hors de la page (écrans O2 et C5)."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from candidatures.lots import DOSSIERS, LETTRES
from candidatures.permissions import peut_inscrire
from candidatures.views.communes import url_des_eleves
from candidatures.views.groupee import eleves_choisis
from referentiel.portes import Espace, dans_l_origine, exiger
from referentiel.rules.jeu import Lettre
from referentiel.rules.refus import Refus
from referentiel.services.travaux import demander_un_travail


@require_POST
@dans_l_origine
def dossiers(request: HttpRequest, espace: Espace) -> HttpResponse:
    exiger(peut_inscrire(espace.place))
    return _preparer(request, espace, DOSSIERS, "Dossiers de candidature")


@require_POST
@dans_l_origine
def lettres(request: HttpRequest, espace: Espace) -> HttpResponse:
    exiger(peut_inscrire(espace.place))
    if espace.campagne.regles.lettre == Lettre.SANS_OBJET:
        raise Http404
    return _preparer(request, espace, LETTRES, "Lettres de préparation")


def _preparer(request: HttpRequest, espace: Espace, nature: str, papiers: str) -> HttpResponse:
    eleves = eleves_choisis(request, espace)
    try:
        travail = demander_un_travail(
            nature=nature,
            titre=f"{papiers} de {len(eleves)} élève{'s' if len(eleves) > 1 else ''}",
            demande={"eleves": [eleve.code for eleve in eleves], "retour": url_des_eleves(espace)},
            total=len(eleves),
            campagne=espace.campagne,
            etablissement=espace.etablissement,
            cote=str(espace.cote),
            par=request.user,
            le=espace.le,
        )
    except Refus:
        messages.error(request, "Sélectionnez au moins un élève.")
        return redirect(url_des_eleves(espace))
    return redirect("referentiel:travail", code=travail.code)
