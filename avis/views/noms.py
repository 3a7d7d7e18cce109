"""Les élèves que compte un chiffre d'un établissement : le SAIO seul, après l'avoir demandé, et c'est noté (S2)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from avis.permissions import peut_lire_des_noms
from avis.relances import sans_convocation
from avis.services import consulter_des_noms
from avis.suivi import comptes_rendus_en_retard
from candidatures.models import Candidature, FormationDemandee
from candidatures.presentation import presenter
from candidatures.rules import INACTIFS, INVISIBLES_A_L_ACCUEIL, Etat, Situation
from comptes.preuve import exiger_une_preuve_recente
from referentiel.models import Etablissement
from referentiel.portes import EspaceAcademique, dans_l_academie, exiger

Candidatures = QuerySet[Candidature]
EN_LECTURE_SEULE = (
    "les noms se lisent dans la campagne en cours\u00a0: chaque consultation s’inscrit, et rien ne s’écrit ici."
)
CHEMINS = {"origine": "eleve__etablissement", "accueil": "accueil__etablissement"}


def _inscrites(espace: EspaceAcademique) -> Candidatures:
    return Candidature.objects.filter(domaine__campagne=espace.campagne).exclude(
        etat__in=[*INACTIFS, *INVISIBLES_A_L_ACCUEIL]
    )


def _en_retard(espace: EspaceAcademique) -> Candidatures:
    entretiens = comptes_rendus_en_retard(espace.campagne, espace.le)
    return Candidature.objects.filter(pk__in=entretiens.values("candidature"))


def _avis_manquants(espace: EspaceAcademique) -> Candidatures:
    manquants = FormationDemandee.objects.sans_avis_complet().order_by()
    return _inscrites(espace).filter(pk__in=manquants.values("candidature"))


# Ce que chaque adresse nomme : une phrase, et les candidatures.
LISTES: dict[str, tuple[str, Callable[[EspaceAcademique], Candidatures]]] = {
    "inscrits": ("élèves inscrits", _inscrites),
    "a-planifier": ("élèves sans convocation", lambda espace: sans_convocation(espace.campagne)),
    "en-retard": ("comptes-rendus en retard", _en_retard),
    "avis-manquants": ("candidatures où un avis d’origine manque", _avis_manquants),
    "rendus": ("avis rendus", lambda espace: _inscrites(espace).filter(etat=Etat.RENDUE)),
}


@exiger_une_preuve_recente
@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_academie
def noms(request: HttpRequest, espace: EspaceAcademique, cote: str, uai: str, liste: str) -> HttpResponse:
    """Dit d'abord ce qui sera noté ; montre les noms à qui confirme."""
    exiger(peut_lire_des_noms(espace.place))
    if cote not in CHEMINS or liste not in LISTES:
        raise Http404
    etablissement = get_object_or_404(_etablissements(espace, cote).connu_sous(uai))
    quoi, lire = LISTES[liste]
    candidatures = lire(espace).filter(Q(**{CHEMINS[cote]: etablissement}))
    if espace.en_detour:
        messages.info(request, EN_LECTURE_SEULE)
        return redirect("pilotage:suivi_etablissements")
    if request.method != "POST":
        return render(request, "composants/confirmation.html", _question(etablissement, quoi, candidatures.count()))
    lues = list(candidatures.avec_eleve().order_by("eleve__cle", "domaine__cle", "pk"))
    consulter_des_noms(
        etablissement=etablissement,
        campagne=espace.campagne,
        quoi=quoi,
        nombre=len(lues),
        par=request.user,
        le=espace.le,
    )
    contexte = {
        "etablissement": etablissement,
        "quoi": quoi,
        "lignes": [_ligne(candidature, a_l_accueil=cote == "accueil") for candidature in lues],
        "a_l_accueil": cote == "accueil",
    }
    return render(request, "avis/relances/noms.html", contexte)


def _etablissements(espace: EspaceAcademique, cote: str) -> QuerySet[Etablissement]:
    """Ceux de l'académie, et ceux d'ailleurs qui ont des candidatures dans sa campagne (R21)."""
    d_ici, concernes = Q(academie=espace.academie), _inscrites(espace).order_by().values(CHEMINS[cote])
    return Etablissement.objects.filter(d_ici | Q(pk__in=concernes))


def _question(etablissement: Etablissement, quoi: str, nombre: int) -> dict[str, Any]:
    s = "s" if nombre > 1 else ""
    return {
        "question": "Afficher les noms de ces élèves\u00a0?",
        "consequences": [
            f"{etablissement.nom_et_commune}\u00a0: {quoi}, {nombre} candidature{s}.",
            "Votre consultation est inscrite dans l’historique de l’établissement, qui peut la lire.",
        ],
        "verbe": "Afficher les noms",
        "annuler_url": reverse("pilotage:suivi_etablissements"),
        "fil_parent": {"libelle": "Établissements", "url": reverse("pilotage:suivi_etablissements")},
    }


def _ligne(candidature: Candidature, *, a_l_accueil: bool) -> dict[str, Any]:
    ailleurs = candidature.eleve.etablissement if a_l_accueil else candidature.accueil.etablissement
    return {
        "eleve": candidature.eleve.nom_affiche,
        "classe": candidature.eleve.classe,
        "ailleurs": ailleurs.nom_et_commune,
        "domaine": candidature.domaine.nom,
        "presentation": presenter(Situation(candidature.etat), a_l_accueil=a_l_accueil),
    }
