"""Les jurys et les salles de l'établissement d'accueil (écran A15)."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from entretiens import services
from entretiens.forms.offre import JuryForm, SalleForm
from entretiens.lectures import accueils_de
from entretiens.models import Jury, Salle
from entretiens.permissions import peut_lire_le_planning, peut_planifier
from entretiens.views.outils import lire_la_cle
from referentiel.models import Rattachement
from referentiel.portes import Espace, dans_l_accueil, exiger
from referentiel.rules.refus import Refus

LIRE_ET_ENVOYER = require_http_methods(["GET", "HEAD", "POST"])


@LIRE_ET_ENVOYER
@dans_l_accueil
def jurys(request: HttpRequest, espace: Espace) -> HttpResponse:
    """La liste ; `?jury=` ouvre la modification d'un jury, sinon le formulaire en ajoute un."""
    _exiger_le_droit(request, espace)
    les_jurys = Jury.objects.filter(etablissement=espace.etablissement).annotate(nombre=Count("seances", distinct=True))
    les_jurys = les_jurys.prefetch_related("equipe__personne")
    choisi = _choisi(request, les_jurys, "jury")
    geste = request.POST.get("geste", "")
    if request.method == "POST" and choisi and geste in {"retirer", "reprendre"}:
        return _changer_de_service(request, espace, choisi, geste)
    domaines = [accueil.domaine for accueil in accueils_de(espace.campagne, espace.etablissement)]
    form = JuryForm(
        request.POST if request.method == "POST" else None, domaines=domaines, equipe=_equipe(espace), jury=choisi
    )
    if form.is_bound and form.is_valid() and _enregistrer_le_jury(request, espace, choisi, form):
        return redirect("entretiens:jurys", uai=espace.etablissement.segment)
    noms = {domaine.slug: domaine.nom for domaine in domaines}
    contexte = {
        "lignes": [(jury, ", ".join(noms[slug] for slug in jury.domaines if slug in noms)) for jury in les_jurys],
        "choisi": choisi,
        "form": form,
        "salles": Salle.objects.filter(etablissement=espace.etablissement),
        **_ce_qui_se_change(espace),
    }
    return render(request, "entretiens/jurys.html", contexte)


@LIRE_ET_ENVOYER
@dans_l_accueil
def salles(request: HttpRequest, espace: Espace) -> HttpResponse:
    """La liste ; `?salle=` ouvre la modification d'une salle, sinon le formulaire en ajoute une."""
    _exiger_le_droit(request, espace)
    les_salles = Salle.objects.filter(etablissement=espace.etablissement)
    choisie = _choisi(request, les_salles, "salle")
    if request.method == "POST" and choisie and request.POST.get("geste") == "retirer":
        _retirer_la_salle(request, espace, choisie)
        return redirect("entretiens:salles", uai=espace.etablissement.segment)
    form = SalleForm(request.POST if request.method == "POST" else None, salle=choisie)
    if form.is_bound and form.is_valid() and _enregistrer_la_salle(request, espace, choisie, form):
        return redirect("entretiens:salles", uai=espace.etablissement.segment)
    contexte = {"salles": les_salles, "choisie": choisie, "form": form, **_ce_qui_se_change(espace)}
    return render(request, "entretiens/salles.html", contexte)


def _equipe(espace: Espace) -> list[Rattachement]:
    """Qui a un compte actif du côté accueil de l'établissement."""
    places = Rattachement.objects.filter(etablissement=espace.etablissement, accueil=True, personne__is_active=True)
    return list(places.select_related("personne").order_by("personne__cle", "pk"))


def _exiger_le_droit(request: HttpRequest, espace: Espace) -> None:
    exiger(peut_lire_le_planning(espace.place))
    exiger(peut_planifier(espace.place) or request.method != "POST")


def _ce_qui_se_change(espace: Espace) -> dict[str, Any]:
    return {
        "peut_planifier": peut_planifier(espace.place) and not espace.lecture_seule,
        "uai": espace.etablissement.segment,
    }


def _choisi(request: HttpRequest, lignes: Any, parametre: str) -> Any:
    cle = request.GET.get(parametre, "")
    return get_object_or_404(lignes, pk=lire_la_cle(cle)) if cle else None


def _changer_de_service(request: HttpRequest, espace: Espace, jury: Jury, geste: str) -> HttpResponse:
    try:
        if geste == "reprendre":
            services.reprendre_le_jury(jury=jury, par=request.user, le=espace.le)
            fait = "est de nouveau proposé."
        elif services.retirer_le_jury(jury=jury, par=request.user, le=espace.le):
            fait = "est supprimé."
        else:
            fait = "n’est plus proposé. Ses séances ne changent pas."
    except Refus as refus:
        messages.error(request, str(refus))
    else:
        messages.success(request, f"« {jury.nom} » {fait}")
    return redirect("entretiens:jurys", uai=espace.etablissement.segment)


def _retirer_la_salle(request: HttpRequest, espace: Espace, salle: Salle) -> None:
    try:
        services.retirer_la_salle(salle=salle, par=request.user, le=espace.le)
    except Refus as refus:
        messages.error(request, str(refus))
    else:
        messages.success(request, f"« {salle.nom} » n’est plus proposé. Aucune séance n’est changée.")


def _enregistrer_le_jury(request: HttpRequest, espace: Espace, choisi: Jury | None, form: JuryForm) -> bool:
    champs = {**form.champs, "par": request.user, "le": espace.le}
    try:
        if choisi:
            services.modifier_le_jury(jury=choisi, **champs)
        else:
            services.creer_un_jury(etablissement=espace.etablissement, **champs)
    except Refus as refus:
        form.add_error("nom", str(refus))
        return False
    messages.success(request, f"Jury « {form.cleaned_data['nom']} » enregistré.")
    return True


def _enregistrer_la_salle(request: HttpRequest, espace: Espace, choisie: Salle | None, form: SalleForm) -> bool:
    champs = {**form.cleaned_data, "par": request.user, "le": espace.le}
    try:
        if choisie:
            services.modifier_la_salle(salle=choisie, **champs)
        else:
            services.ajouter_une_salle(etablissement=espace.etablissement, **champs)
    except Refus as refus:
        form.add_error("nom", str(refus))
        return False
    messages.success(request, f"« {form.cleaned_data['nom']} » est dans la liste.")
    return True
