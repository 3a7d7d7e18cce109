"""Demander une proposition de planning : pour quels domaines, avec quelles attentions (écran A7, page 1)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from entretiens import services
from entretiens.forms.propositions import PropositionForm
from entretiens.lectures import DomaineAPlanifier, domaines_a_planifier
from entretiens.permissions import peut_planifier
from entretiens.tenues import dire_qui_prepare
from referentiel.portes import Espace, dans_l_accueil, exiger, exiger_l_etape
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def proposer(request: HttpRequest, espace: Espace) -> HttpResponse:
    exiger(peut_planifier(espace.place))
    exiger_l_etape(espace, Geste.PLANIFIER)
    domaines = domaines_a_planifier(espace.campagne, espace.etablissement, espace.le)
    offerts = [domaine for domaine in domaines if domaine.en_attente and not _est_pris(domaine, request)]
    form = PropositionForm(
        request.POST if request.method == "POST" else None,
        domaines=offerts,
        choisi=request.GET.get("domaine", ""),
        preavis=espace.campagne.regles.preavis,
    )
    if form.is_bound and form.is_valid():
        try:
            proposition = services.proposer_un_planning(
                etablissement=espace.etablissement,
                campagne=espace.campagne,
                accueils=form.accueils,
                options=services.Options(**form.options),
                par=request.user,
                le=espace.le,
            )
        except PeriodeClose:
            raise
        except Refus as refus:
            messages.error(request, str(refus))
            return redirect("entretiens:proposer", uai=espace.etablissement.segment)
        return redirect("entretiens:proposition", uai=espace.etablissement.segment, code=proposition.code)
    contexte = {
        "form": form,
        "offerts": offerts,
        "en_attente": sum(domaine.en_attente for domaine in offerts),
        "sans_place": bool(offerts) and not any(domaine.places_libres for domaine in offerts),
        "manquent": [domaine for domaine in offerts if domaine.places_manquantes],
        "en_cours": [_dire_l_en_cours(domaine, request) for domaine in domaines if domaine.proposition],
        "etape": espace.ouverture.du(Geste.PLANIFIER),
        "uai": espace.etablissement.segment,
    }
    return render(request, "entretiens/propositions/reglages.html", contexte)


def _est_pris(domaine: DomaineAPlanifier, request: HttpRequest) -> bool:
    """Un collègue prépare une proposition pour ce domaine, et la tient."""
    proposition = domaine.proposition
    return proposition is not None and proposition.par != request.user and proposition.est_tenue(request.le)


def _dire_l_en_cours(domaine: DomaineAPlanifier, request: HttpRequest) -> dict[str, object]:
    proposition = domaine.proposition
    if proposition.par == request.user:
        phrase = "Vous avez une proposition en préparation pour ce domaine. La recalculer ici la remplace."
        libelle = "Reprendre ma proposition"
    else:
        phrase, libelle = dire_qui_prepare(proposition, request.le), "Voir cette proposition"
    return {"titre": domaine.nom, "phrase": phrase, "libelle": libelle, "code": proposition.code}
