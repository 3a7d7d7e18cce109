"""Trouver une proposition, y renoncer, et où mène celle qui est finie."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from entretiens import services
from entretiens.models import Proposition
from entretiens.permissions import peut_planifier
from entretiens.tenues import dire_qui_prepare
from referentiel.portes import Espace, dans_l_accueil, exiger, exiger_l_etape
from referentiel.rules.ouverture import Geste


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def abandonner(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    exiger(peut_planifier(espace.place))
    exiger_l_etape(espace, Geste.PLANIFIER)
    objet = trouver(espace, code)
    if not objet.est_preparee:
        return montrer_la_fin(request, espace, objet)
    if request.method == "POST":
        try:
            services.abandonner_la_proposition(proposition=objet, par=request.user, le=espace.le)
        except services.PropositionFinie as fin:
            return montrer_la_fin(request, espace, fin.proposition)
        messages.success(request, "Proposition abandonnée. Aucun entretien n’est planifié, aucun courriel n’est parti.")
        return redirect("entretiens:planning", uai=espace.etablissement.segment)
    consequences = [
        "Les créneaux retenus redeviennent libres pour tous.",
        "Les élèves restent à planifier\u00a0; vos choix à la main sont perdus.",
        "Aucun courriel n’est parti.",
    ]
    if objet.par != request.user:
        consequences.insert(0, dire_qui_prepare(objet, espace.le))
    contexte = {
        "question": "Abandonner la proposition de planning\u00a0?",
        "consequences": consequences,
        "verbe": "Abandonner la proposition",
        "renoncer": "Garder la proposition",
        "annuler_url": adresse(espace, objet),
        "fil_parent": {"libelle": "Proposition de planning", "url": adresse(espace, objet)},
    }
    return render(request, "composants/confirmation.html", contexte)


def trouver(espace: Espace, code: str) -> Proposition:
    propositions = Proposition.objects.de_l_accueil(espace.campagne, espace.etablissement.pk)
    objet = get_object_or_404(propositions.select_related("par", "envoi"), code=code)
    objet.campagne = espace.campagne
    return objet


def adresse(espace: Espace, objet: Proposition) -> str:
    return reverse("entretiens:proposition", args=[espace.etablissement.segment, objet.code])


def montrer_la_fin(request: HttpRequest, espace: Espace, objet: Proposition) -> HttpResponse:
    """Une proposition finie mène là où elle a abouti : son envoi, les convocations à envoyer, ou un nouveau calcul."""
    uai = espace.etablissement.segment
    messages.info(request, str(services.PropositionFinie(objet)))
    if objet.envoi:
        return redirect("entretiens:envoi", uai=uai, code=objet.envoi.code)
    return redirect("entretiens:envois" if objet.est_confirmee else "entretiens:proposer", uai=uai)
