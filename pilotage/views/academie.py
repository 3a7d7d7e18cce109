"""« À faire » du SAIO (écran 2.3) ; l'observation, qui n'a pas de tâche, va droit au suivi."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from pilotage.selectors.avancement import avancement
from pilotage.selectors.taches import ACADEMIE
from pilotage.views.a_faire import contexte_des_taches, liste_d_une_tache
from pilotage.views.phrases import dire_l_avancement
from referentiel.models import Controle
from referentiel.permissions import peut_administrer_l_academie
from referentiel.portes import EspaceAcademique, dans_l_academie, exiger
from referentiel.rules.jeu import Affichage


@require_safe
@dans_l_academie
def a_faire(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    if not peut_administrer_l_academie(espace.place):
        return redirect("pilotage:suivi")
    contexte = {
        **contexte_des_taches(request, espace, ACADEMIE),
        "avancement": dire_l_avancement(avancement(espace), "inscrits"),
        "controle": Controle.objects.dernier_en_defaut(),
        "avec_bonus": espace.campagne.regles.affichage == Affichage.AVEC_BONUS,
    }
    return render(request, "pilotage/academie.html", contexte)


@require_safe
@dans_l_academie
def tache(request: HttpRequest, espace: EspaceAcademique, tache: str) -> HttpResponse:
    """Le SAIO seul lit ces listes ; aucun élève n'y est nommé."""
    exiger(peut_administrer_l_academie(espace.place))
    return liste_d_une_tache(request, espace, ACADEMIE, tache)
