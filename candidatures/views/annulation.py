"""Le SAIO annule une candidature, avec une raison (écran 6.5)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from candidatures.forms.changements import RaisonForm
from candidatures.horaires import entretien_fixe
from candidatures.models import Candidature
from candidatures.rules import ENTRETIEN_A_VENIR, Etat
from candidatures.services import annuler_pour_le_saio
from candidatures.views.communes import essayer
from referentiel.permissions import peut_administrer_l_academie
from referentiel.portes import EspaceAcademique, dans_l_academie, dossier_lu, exiger, exiger_l_etape
from referentiel.rules.dates import dire_instant
from referentiel.rules.noms import capitale, nommer
from referentiel.rules.ouverture import Geste


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_academie
def annuler(request: HttpRequest, espace: EspaceAcademique, code: str) -> HttpResponse:
    """Dit qui sera prévenu et ce qui est perdu, puis annule."""
    exiger(peut_administrer_l_academie(espace.place))
    de_la_campagne = Candidature.objects.filter(domaine__campagne=espace.campagne).actives()
    candidature = get_object_or_404(de_la_campagne.avec_eleve(), code=code)
    dossier_lu(request, candidature.eleve)
    exiger_l_etape(espace, Geste.ANNULER_UNE_CANDIDATURE)
    dossier = reverse("admin:candidatures_candidature_change", args=[candidature.pk])
    form = RaisonForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _annuler(request, espace, candidature, form):
        return redirect(dossier)
    contexte = {
        "question": f"Annuler la candidature de {candidature.eleve} pour {candidature.domaine}\u00a0?",
        "consequences": _consequences(candidature),
        "verbe": "Annuler la candidature",
        "renoncer": "Garder la candidature",
        "annuler_url": dossier,
        "formulaire": form,
        "fil_parent": {"libelle": str(candidature.eleve), "url": dossier},
    }
    return render(request, "composants/confirmation.html", contexte)


def _consequences(candidature: Candidature) -> list[str]:
    origine, accueil = nommer(candidature.eleve.etablissement.nom), nommer(candidature.accueil.etablissement.nom)
    prevenus = capitale(origine)
    if candidature.est_inscrite_chez_l_accueil:
        phrase = f"{prevenus} et {accueil} seront prévenus par courriel."
    else:
        phrase = f"{prevenus} sera prévenu par courriel."
    entretien = entretien_fixe(candidature.pk) if Etat(candidature.etat) in ENTRETIEN_A_VENIR else None
    libere = [f"L’entretien du {dire_instant(entretien.debut)} sera annulé et le créneau libéré."] if entretien else []
    return [*libere, phrase, "L’élève pourra être inscrit de nouveau tant que les inscriptions sont ouvertes."]


def _annuler(request: HttpRequest, espace: EspaceAcademique, candidature: Candidature, form: RaisonForm) -> bool:
    motif = form.cleaned_data["motif"]
    annulee = essayer(
        form, lambda: annuler_pour_le_saio(candidature=candidature, motif=motif, par=request.user, le=espace.le)
    )
    if annulee is None:
        return False
    messages.success(request, "Candidature annulée. Les établissements sont prévenus.")
    return True
