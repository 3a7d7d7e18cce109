"""Ce que l'origine change à une candidature inscrite : formations, établissement d'accueil, créneau (O8, R19)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from candidatures import services
from candidatures.forms.changements import AccueilForm, CreneauForm, FormationsForm
from candidatures.horaires import entretien_fixe
from candidatures.lectures import hotes_du_domaine
from candidatures.models import Candidature
from candidatures.permissions import peut_inscrire
from candidatures.rules import Etat
from candidatures.views.communes import demandees_de, essayer, url_des_eleves, url_du_dossier
from referentiel.models import Offre
from referentiel.portes import Espace, dans_l_origine, exiger, exiger_l_etape
from referentiel.rules.dates import dire_instant
from referentiel.rules.noms import capitale, nommer
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus


@dans_l_origine
def formations(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Ajouter ou retirer des formations du domaine, tant que l'entretien n'a pas commencé."""
    candidature = candidature_de(espace, code)
    exiger(peut_inscrire(espace.place))
    exiger_l_etape(espace, Geste.DESISTER)
    form = FormationsForm(
        _saisie(request), demandees=demandees_de(candidature), proposees=_demandables(candidature.domaine_id)
    )
    if form.is_bound and form.is_valid():
        fait = essayer(
            form,
            lambda: services.modifier_les_formations(
                candidature=candidature, formations=form.choisies, par=request.user, le=espace.le
            ),
        )
        if fait:
            messages.success(request, "Les formations demandées sont enregistrées.")
            return redirect(url_de_la_candidature(espace, candidature))
    contexte = _page(espace, candidature) | {
        "question": f"Modifier les formations de {candidature.eleve.prenom} pour {candidature.domaine}",
        "consequences": _dire_les_formations(candidature),
        "verbe": "Enregistrer les formations",
        "formulaire": form,
    }
    return render(request, "composants/confirmation.html", contexte)


@dans_l_origine
def accueil(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Changer l'établissement d'accueil : ce qui s'ensuit est dit avant (R19)."""
    candidature = candidature_de(espace, code)
    exiger(peut_inscrire(espace.place))
    exiger_l_etape(espace, Geste.CHANGER_D_ACCUEIL)
    hotes = hotes_du_domaine(espace.campagne, espace.etablissement, candidature.domaine_id)
    form = AccueilForm(_saisie(request), candidature=candidature, hotes=hotes)
    if form.is_bound and form.is_valid():
        fait = essayer(
            form,
            lambda: services.changer_d_accueil(
                candidature=candidature, accueil=form.choisi, par=request.user, le=espace.le
            ),
        )
        if fait:
            nom = form.choisi.etablissement.nom_et_commune
            messages.success(request, f"La candidature est adressée à l’établissement {nom}.")
            return redirect(url_de_la_candidature(espace, candidature))
    contexte = _page(espace, candidature) | {
        "form": form,
        "candidature": candidature,
        "consequences": _dire_le_changement(candidature),
    }
    return render(request, "candidatures/changer_d_accueil.html", contexte)


@dans_l_origine
def creneau(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Demander un autre créneau ; l'établissement d'accueil répond."""
    candidature = candidature_de(espace, code)
    exiger(peut_inscrire(espace.place))
    exiger_l_etape(espace, Geste.DESISTER)
    form = CreneauForm(_saisie(request), absent=candidature.etat == Etat.ABSENTE)
    if form.is_bound and form.is_valid():
        fait = essayer(
            form,
            lambda: services.demander_un_creneau(
                candidature=candidature, **form.cleaned_data, par=request.user, le=espace.le
            ),
        )
        if fait:
            messages.success(request, "Autre créneau demandé. L’établissement d’accueil est prévenu par courriel.")
            return redirect(url_de_la_candidature(espace, candidature))
    contexte = _page(espace, candidature) | {
        "question": f"Demander un autre créneau pour {candidature.eleve.prenom}, {candidature.domaine} ?",
        "consequences": _dire_la_demande(candidature),
        "verbe": "Demander un autre créneau",
        "formulaire": form,
    }
    return render(request, "composants/confirmation.html", contexte)


@require_POST
@dans_l_origine
def annuler_le_desistement(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    candidature = candidature_de(espace, code)
    exiger(peut_inscrire(espace.place))
    try:
        services.annuler_le_desistement(candidature=candidature, par=request.user, le=espace.le)
    except PeriodeClose:
        raise
    except Refus as refus:
        messages.error(request, str(refus))
    else:
        messages.success(request, "Désistement annulé. La candidature reprend comme avant, aucun courriel ne part.")
    return redirect(url_de_la_candidature(espace, candidature))


def candidature_de(espace: Espace, code: str) -> Candidature:
    """Candidature d'un élève de l'établissement, avec ses formations, ou 404."""
    miennes = Candidature.objects.de_l_origine(espace.campagne, espace.etablissement.pk)
    return get_object_or_404(miennes.avec_eleve().avec_formations(), code=code)


def url_de_la_candidature(espace: Espace, candidature: Candidature) -> str:
    return reverse("pilotage:candidature_origine", args=[espace.etablissement.segment, candidature.code])


def _saisie(request: HttpRequest):
    return request.POST if request.method == "POST" else None


def _page(espace: Espace, candidature: Candidature) -> dict[str, object]:
    retour = url_de_la_candidature(espace, candidature)
    return {
        "annuler_url": retour,
        "fil_parent": {"libelle": f"{candidature.domaine} – {candidature.eleve}", "url": retour},
        "eleves_url": url_des_eleves(espace),
        "dossier_url": url_du_dossier(espace, candidature.eleve),
    }


def _demandables(domaine_id: int):
    offres = Offre.objects.demandables().filter(formation__domaine=domaine_id).select_related("formation")
    return list({offre.formation_id: offre.formation for offre in offres.order_by("formation__cle")}.values())


def _dire_les_formations(candidature: Candidature) -> list[str]:
    accueil = nommer(candidature.accueil.etablissement.nom)
    return [
        f"L’entretien reste le même : un seul par domaine, pour toutes les formations ({accueil}).",
        "Une formation ajoutée attend votre avis. L’établissement d’accueil est prévenu d’une formation retirée.",
    ]


def _dire_le_changement(candidature: Candidature) -> list[str]:
    eleve, accueil = candidature.eleve, nommer(candidature.accueil.etablissement.nom)
    entretien = entretien_fixe(candidature.pk) if candidature.etat == Etat.CONVOQUEE else None
    if entretien is None:
        return [f"{capitale(accueil)} ne verra plus cette candidature et sera prévenu par courriel."]
    quand = dire_instant(entretien.debut, annee=False)
    prevenus = f"votre établissement et {eleve.referent_nom}" if eleve.referent_nom else "votre établissement"
    return [
        f"L’entretien du {quand} sera annulé et le créneau libéré.",
        f"La convocation sera annulée par courriel : {prevenus} recevront l’annulation."
        if eleve.referent_nom
        else f"La convocation sera annulée par courriel : {prevenus} recevra l’annulation.",
        f"{capitale(accueil)} sera prévenu ; le nouvel établissement planifiera un autre entretien.",
    ]


def _dire_la_demande(candidature: Candidature) -> list[str]:
    accueil = nommer(candidature.accueil.etablissement.nom)
    if candidature.etat == Etat.ABSENTE:
        return [
            f"{capitale(accueil)} sera prévenu par courriel et planifiera un autre entretien.",
            "L’élève redevient « en attente de convocation ».",
        ]
    entretien = entretien_fixe(candidature.pk) if candidature.etat == Etat.CONVOQUEE else None
    phrases = [f"{capitale(accueil)} sera prévenu par courriel, et répondra."]
    if entretien:
        quand = dire_instant(entretien.debut, annee=False)
        phrases.append(f"L’entretien du {quand} reste prévu tant que l’établissement n’a pas répondu.")
    return phrases
