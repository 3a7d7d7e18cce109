"""Les avis et le bilan de la campagne, pour le SAIO et l'observation (R35, écran S3)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pilotage.selectors.bilan import campagne as lecture
from pilotage.tableaux import bilan as tableaux
from pilotage.tableaux.avis import LesAvis
from pilotage.views.suivi import champ_demande, contexte_du_suivi
from referentiel.portes import EspaceAcademique, dans_l_academie


@require_safe
@dans_l_academie
def avis(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Répartition des avis de chaque établissement, leur rencontre, ce que pèse chaque côté."""
    form, champ = champ_demande(request, espace, datable=False, filtrable=False)
    lus = LesAvis.lire(champ)
    contexte = contexte_du_suivi(request, espace, form, champ, "avis") | {
        "vide": not lus.origines and not lus.accueils,
        "barres": lus.barres(),
        "grille": lus.grille(),
        "poids": lus.poids(),
        "entretiens_a_relire": lus.entretiens_a_relire(),
        "origines": lus.tableau_des_origines(),
        "accueils": lus.tableau_des_accueils(),
        "formations": lus.tableau_des_formations(),
        "croisement": lus.tableau_des_rencontres(),
    }
    return render(request, "pilotage/suivi/avis.html", contexte)


@require_safe
@dans_l_academie
def bilan(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Retards, élèves sans entretien, formations ajoutées, et ce que la démarche a mobilisé."""
    form, champ = champ_demande(request, espace, datable=False)
    retards = lecture.retards(champ)
    contexte = contexte_du_suivi(request, espace, form, champ, "bilan") | {
        "phrases": tableaux.phrases(champ),
        "barres_des_retards": tableaux.barres_des_retards(retards),
        "retards": tableaux.tableau_des_retards(retards),
        "sans_entretien": tableaux.tableau_des_sans_entretien(lecture.sans_entretien(champ)),
        "ajouts": tableaux.tableau_des_ajouts(lecture.formations_ajoutees(champ)),
    }
    return render(request, "pilotage/suivi/bilan.html", contexte)
