"""Préparer les fiches d'une classe, d'une sélection ou de l'établissement (écran O14)."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from avis.forms.filtres import LotDeFichesForm
from avis.lots import NATURE
from avis.permissions import peut_lire_les_fiches
from avis.presentation import EtatDeFiche
from avis.remises import de_cet_etat, eleves_avec_un_retour
from candidatures.models import Eleve
from referentiel.models import Travail
from referentiel.portes import Espace, dans_l_origine, exiger
from referentiel.rules.refus import Refus
from referentiel.services.travaux import demander_un_travail


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_origine
def lot(request: HttpRequest, espace: Espace) -> HttpResponse:
    exiger(peut_lire_les_fiches(espace.place) and espace.peut_demander)
    tous = Eleve.objects.de_l_origine(espace.campagne, espace.etablissement.pk)
    classes = sorted(tous.values_list("classe", flat=True).distinct())
    form = LotDeFichesForm(request.POST or None, classes=classes)
    if request.method == "POST" and form.is_valid():
        choisis = _choisis(espace, form)
        try:
            travail = demander_les_fiches(request, espace, choisis, form.titre, recto_verso=form.recto_verso)
        except Refus:
            form.add_error(None, "Aucun élève de la sélection n’a de compte-rendu.")
        else:
            return redirect("referentiel:travail", code=travail.code)
    return render(request, "avis/lot.html", {"form": form, "uai": espace.etablissement.segment})


def demander_la_selection(request: HttpRequest, espace: Espace, choisis: QuerySet[Eleve]) -> HttpResponse:
    """Prépare les fiches des élèves cochés dans la liste."""
    nombre = choisis.count()
    try:
        titre = f"{nombre} fiche{'s' if nombre > 1 else ''} récapitulative{'s' if nombre > 1 else ''}"
        travail = demander_les_fiches(request, espace, choisis, titre, recto_verso=True)
    except Refus:
        messages.error(request, "sélectionnez au moins un élève.")
        return redirect(request.get_full_path())
    return redirect("referentiel:travail", code=travail.code)


def demander_les_fiches(
    request: HttpRequest, espace: Espace, choisis: QuerySet[Eleve], titre: str, *, recto_verso: bool
) -> Travail:
    codes = list(choisis.order_by("classe", "cle", "pk").values_list("code", flat=True))
    return demander_un_travail(
        nature=NATURE,
        titre=titre,
        demande={
            "eleves": codes,
            "recto_verso": recto_verso,
            "retour": reverse("avis:fiches", args=[espace.etablissement.segment]),
        },
        total=len(codes),
        campagne=espace.campagne,
        etablissement=espace.etablissement,
        cote=str(espace.cote),
        par=request.user,
        le=espace.le,
    )


def _choisis(espace: Espace, form: LotDeFichesForm) -> QuerySet[Eleve]:
    saisie = form.cleaned_data
    if saisie["sans_compte_rendu"]:
        eleves = Eleve.objects.de_l_origine(espace.campagne, espace.etablissement.pk)
        eleves = eleves.filter(candidatures__inscrite_le__isnull=False).distinct()
    else:
        rendus = eleves_avec_un_retour(espace.campagne, espace.etablissement.pk, espace.le)
        a_remettre = de_cet_etat(rendus, EtatDeFiche.A_REMETTRE) | de_cet_etat(rendus, EtatDeFiche.NOUVEAU)
        eleves = a_remettre if saisie["seulement_a_remettre"] else rendus
    return eleves.filter(classe__in=saisie["classes"]) if saisie["classes"] else eleves
