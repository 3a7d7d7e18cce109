"""Du catalogue à l'inscription : le lien que voit un établissement d'origine."""

from django.http import HttpRequest
from django.urls import reverse

from referentiel.models import Campagne
from referentiel.rules.ouverture import Geste


def lien_d_inscription(request: HttpRequest, campagne: Campagne) -> str:
    """Adresse de ses élèves, pour qui peut en inscrire maintenant ; plusieurs établissements : le choix entre eux."""
    places = [
        place
        for place in request.perimetre.places
        if place.origine and place.etablissement and place.academie.pk == campagne.academie_id
    ]
    if not places or request.detour or not campagne.ouverture(request.le).du(Geste.INSCRIRE).ouverte:
        return ""
    if len(places) > 1:
        return reverse("comptes:espaces")
    return reverse("pilotage:eleves", args=[places[0].etablissement.segment])
