"""Ce que l'accueil répond quand l'entretien prévu ne va pas : autre créneau demandé, candidature à annuler (A3, A8)."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from candidatures.forms.changements import RaisonForm
from candidatures.horaires import entretien_fixe
from candidatures.models import Candidature, DemandeDeCreneau
from candidatures.rules import Etat
from candidatures.services import annuler, refuser_un_creneau
from candidatures.views.communes import aboutit
from entretiens.permissions import peut_planifier
from entretiens.views.outils import url_de_la_candidature
from referentiel.portes import Espace, dans_l_accueil, exiger, exiger_l_etape
from referentiel.rules.dates import dire_instant
from referentiel.rules.noms import capitale, nommer
from referentiel.rules.ouverture import Geste

SANS_ENTRETIEN = (Etat.INSCRITE, Etat.ABSENTE)


class ReponseForm(forms.Form):
    reponse = forms.CharField(
        label="Raison du refus",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="L’établissement d’origine la lira.",
        error_messages={"required": "Donnez la raison : l’établissement d’origine la lira."},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def demande_de_creneau(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Accorder en déplaçant l'entretien, ou maintenir avec une raison."""
    exiger(peut_planifier(espace.place))
    exiger_l_etape(espace, Geste.PLANIFIER)
    demande = get_object_or_404(_demandes(espace), candidature__code=code)
    form = ReponseForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _refuser(request, espace, demande, form):
        return redirect(url_de_la_candidature(espace, code))
    entretien = entretien_fixe(demande.candidature_id)
    contexte = {
        "demande": demande,
        "candidature": demande.candidature,
        "entretien": entretien,
        "quand": dire_instant(entretien.debut, annee=False) if entretien else "",
        "form": form,
        "candidature_url": url_de_la_candidature(espace, code),
        "uai": espace.etablissement.segment,
    }
    return render(request, "entretiens/demande_de_creneau.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def annuler_la_candidature(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Renoncer à convoquer un élève qui n'a pas d'entretien, avec une raison ; le SAIO est prévenu (R26)."""
    exiger(peut_planifier(espace.place))
    exiger_l_etape(espace, Geste.ANNULER_UNE_CANDIDATURE)
    adressees = Candidature.objects.de_l_accueil(espace.campagne, espace.etablissement.pk)
    candidature = get_object_or_404(adressees.avec_eleve(), code=code, etat__in=SANS_ENTRETIEN)
    form = RaisonForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _annuler(request, espace, candidature, form):
        return redirect(url_de_la_candidature(espace, code))
    origine = nommer(candidature.eleve.etablissement.nom)
    contexte = {
        "question": f"Annuler la candidature de {candidature.eleve} pour {candidature.domaine} ?",
        "consequences": [
            "L’élève ne sera pas convoqué. Tout élève inscrit dans les délais doit pourtant l’être.",
            f"{capitale(origine)} et le SAIO seront prévenus par courriel.",
        ],
        "verbe": "Annuler la candidature",
        "renoncer": "Garder la candidature",
        "annuler_url": url_de_la_candidature(espace, code),
        "formulaire": form,
        "fil_parent": {"libelle": str(candidature.eleve), "url": url_de_la_candidature(espace, code)},
    }
    return render(request, "composants/confirmation.html", contexte)


def _demandes(espace: Espace):
    """Demandes qui attendent, pour des candidatures qui nous sont adressées."""
    adressees = Candidature.objects.de_l_accueil(espace.campagne, espace.etablissement.pk).actives()
    demandes = DemandeDeCreneau.objects.filter(etat=DemandeDeCreneau.Etat.EN_ATTENTE, candidature__in=adressees)
    return demandes.select_related("candidature__eleve__etablissement", "candidature__domaine", "par")


def _refuser(request: HttpRequest, espace: Espace, demande: DemandeDeCreneau, form: ReponseForm) -> bool:
    reponse = form.cleaned_data["reponse"]
    if not aboutit(form, lambda: refuser_un_creneau(demande=demande, reponse=reponse, par=request.user, le=espace.le)):
        return False
    messages.success(request, "Entretien maintenu. L’établissement d’origine lit votre réponse.")
    return True


def _annuler(request: HttpRequest, espace: Espace, candidature: Candidature, form: RaisonForm) -> bool:
    motif = form.cleaned_data["motif"]
    if not aboutit(
        form,
        lambda: annuler(candidature=candidature, motif=motif, par=request.user, le=espace.le, prevenir_le_saio=True),
    ):
        return False
    messages.success(request, "Candidature annulée. L’établissement d’origine et le SAIO sont prévenus.")
    return True
