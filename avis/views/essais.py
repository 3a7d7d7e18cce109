"""Essayer une autre matrice sur des avis déjà rendus, sans rien écrire (R31)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from avis.essais import comparer, effectifs
from avis.forms.essais import ChoixDeLEssaiForm, MatriceEssayeeForm
from referentiel.models import Campagne
from referentiel.permissions import peut_administrer_l_academie
from referentiel.portes import EspaceAcademique, dans_l_academie, exiger
from referentiel.rules.jeu import Affichage, dans_l_ordre

ESSAYER = "essayer"


@require_safe
@dans_l_academie
def matrice(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Une campagne, une matrice, des cases modifiables : ce que deviendraient les avis finals.

    Tout est dans l'adresse : la page se garde en favori, et rien n'est enregistré.
    """
    exiger(peut_administrer_l_academie(espace.place))
    choix = ChoixDeLEssaiForm(request.GET, campagnes=_campagnes(espace), courante=espace.campagne)
    campagne = choix.campagne
    actuelle, nombres = campagne.regles.matrice, effectifs(campagne)
    depart = choix.matrice(actuelle)
    avec_points = campagne.regles.affichage == Affichage.AVEC_BONUS or any(case.points for case in depart.values())
    form = MatriceEssayeeForm(
        request.GET if request.GET.get("geste") == ESSAYER else None,
        couples=dans_l_ordre({*nombres, *actuelle}),
        depart=depart,
        avec_points=avec_points,
    )
    essayee = form.matrice if form.is_valid() else depart
    contexte = {
        "choix": choix,
        "form": form,
        "essai": None if form.errors else comparer(nombres, actuelle, essayee, avec_points=avec_points),
        "campagne": campagne,
    }
    return render(request, "avis/essai_de_matrice.html", contexte)


def _campagnes(espace: EspaceAcademique) -> list[Campagne]:
    """Campagnes publiées de l'académie, la plus récente d'abord."""
    return list(Campagne.objects.filter(academie=espace.academie).publiees())
