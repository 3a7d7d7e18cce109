"""L'élève et les formations qu'il demande."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from candidatures.forms.preinscription import EleveForm, FormationsForm
from candidatures.lectures import domaines_au_choix
from candidatures.preinscriptions import Etape, etablissement_de
from candidatures.views.preinscription.demarche import Demarche, etape, garder, page
from referentiel.models import Etablissement


@etape(Etape.ELEVE)
def eleve(request: HttpRequest, demarche: Demarche) -> HttpResponse:
    form = EleveForm(
        request.POST if request.method == "POST" else None, campagne=demarche.campagne, eleve=demarche.demande.eleve
    )
    if form.is_bound and form.is_valid() and garder(form, demarche, "eleve", lambda: form.eleve):
        return redirect(demarche.adresse(Etape.FORMATIONS))
    return page(request, demarche, Etape.ELEVE, {"form": form})


@etape(Etape.FORMATIONS)
def formations(request: HttpRequest, demarche: Demarche) -> HttpResponse:
    """Les domaines et leurs lycées, comme à l'inscription ; « Filtrer » ne contrôle rien."""
    ici = etablissement_de(demarche.demande.demandeur) or Etablissement()
    commun = {
        "campagne": demarche.campagne,
        "domaines": domaines_au_choix(demarche.campagne, ici),
        "choix": demarche.demande.choix,
    }
    if "filtrer" in request.POST:
        form = FormationsForm(initial=FormationsForm.choix_tapes(request.POST), **commun)
    else:
        form = FormationsForm(request.POST if request.method == "POST" else None, **commun)
    if form.is_bound and form.is_valid() and garder(form, demarche, "choix", lambda: form.choix):
        return redirect(demarche.adresse(Etape.AVIS))
    filtre = (request.POST.get("q") or request.GET.get("q") or "").strip()
    contexte = {
        "form": form,
        "sections": list(form.sections(filtre)),
        "filtre": filtre,
        "limite": demarche.campagne.regles.formations_maximales,
    }
    return page(request, demarche, Etape.FORMATIONS, contexte)
