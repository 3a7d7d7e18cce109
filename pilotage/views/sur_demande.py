"""Ce qui ne se montre qu'à la demande, et se note : l'INE, la date de naissance (R37, R40, écrans A3, O5)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.formats import date_format
from django.views.decorators.http import require_POST

from candidatures.models import Candidature, Eleve
from candidatures.views.communes import eleve_de
from referentiel.portes import Espace, dans_l_accueil, dans_l_origine, donnee_lue, exiger


@require_POST
@dans_l_origine
def ine(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """O5 : « Afficher l'INE » d'un élève de l'établissement ; pas à qui le regarde au nom du SAIO (T8)."""
    eleve = eleve_de(espace, code)
    exiger(not espace.place.lecture_seule)
    donnee_lue(request, eleve, "INE d’un élève affiché.")
    retour = reverse("pilotage:eleve", args=[espace.etablissement.segment, code])
    return _montrer(request, "INE", eleve, [{"terme": "INE", "valeur": eleve.ine}], retour)


@require_POST
@dans_l_accueil
def identite(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """A3 : « Vérifier l'identité » d'un élève qui se présente ; sans INE."""
    adressees = Candidature.objects.de_l_accueil(espace.campagne, espace.etablissement.pk)
    eleve = get_object_or_404(adressees.select_related("eleve__etablissement"), code=code).eleve
    exiger(not espace.place.lecture_seule)
    donnee_lue(request, eleve, "Date de naissance d’un élève affichée.")
    lignes = [
        {"terme": "Date de naissance", "valeur": date_format(eleve.date_de_naissance, "j F Y")},
        {"terme": "Établissement d’origine", "valeur": eleve.etablissement.nom_et_commune},
    ]
    retour = reverse("pilotage:candidature_accueil", args=[espace.etablissement.segment, code])
    return _montrer(request, "Identité", eleve, lignes, retour)


def _montrer(
    request: HttpRequest, quoi: str, eleve: Eleve, lignes: list[dict[str, Any]], retour_url: str
) -> HttpResponse:
    contexte = {"quoi": quoi, "eleve": eleve, "lignes": lignes, "retour_url": retour_url}
    return render(request, "pilotage/sur_demande.html", contexte)
