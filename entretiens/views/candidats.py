"""Donner une place à un élève, la changer, l'annuler (écrans A7 à la main et A8)."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from candidatures.models import Candidature
from entretiens import services
from entretiens.forms import AnnulationForm, ChoixDeCreneauForm, DeplacementForm
from entretiens.models import Convocation, Creneau, Entretien
from entretiens.permissions import peut_planifier
from entretiens.tenues import dire_ce_qui_est_tenu
from entretiens.views.outils import creneaux_possibles, par_jour, url_de_la_candidature
from referentiel.portes import Espace, dans_l_accueil, exiger, exiger_l_etape
from referentiel.rules.dates import dire_instant
from referentiel.rules.noms import chez, nommer
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus

BIENTOT = timedelta(hours=48)


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def planifier(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    exiger(peut_planifier(espace.place))
    exiger_l_etape(espace, Geste.PLANIFIER)
    candidature = get_object_or_404(_candidatures(espace), code=code)
    creneaux = creneaux_possibles(espace, candidature)
    form = ChoixDeCreneauForm(_saisie(request), creneaux=creneaux)
    if form.is_bound and form.is_valid():
        try:
            services.placer(candidature=candidature, creneau=form.choisi, par=request.user, le=espace.le)
        except PeriodeClose:
            raise
        except Refus as refus:
            form.add_error(None, str(refus))
        else:
            quand = dire_instant(form.choisi.periode.lower, annee=False)
            messages.success(
                request, f"Entretien de {candidature.eleve} planifié le {quand}. La convocation reste à envoyer."
            )
            return redirect("entretiens:envois", uai=espace.etablissement.segment)
    contexte = {
        "candidature": candidature,
        "form": form,
        "jours": par_jour(creneaux, espace),
        "tenus": dire_ce_qui_est_tenu(candidature.accueil, espace.le),
    } | _retour(espace, code)
    return render(request, "entretiens/planifier.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def deplacer(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    exiger(peut_planifier(espace.place))
    exiger_l_etape(espace, Geste.PLANIFIER)
    entretien = _entretien_a_venir(espace, code)
    candidature = entretien.candidature
    creneaux = [
        creneau
        for creneau in creneaux_possibles(espace, candidature, sauf=entretien.pk)
        if creneau.pk != entretien.creneau_id
    ]
    form = DeplacementForm(_saisie(request), creneaux=creneaux)
    if form.is_bound and form.is_valid():
        try:
            services.deplacer(
                entretien=entretien,
                creneau=form.choisi,
                motif=form.cleaned_data["motif"],
                par=request.user,
                le=espace.le,
            )
        except PeriodeClose:
            raise
        except Refus as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, _dire_le_deplacement(entretien, form.choisi))
            return redirect(url_de_la_candidature(espace, code))
    contexte = {
        "entretien": entretien,
        "candidature": candidature,
        "form": form,
        "jours": par_jour(creneaux, espace),
        "tenus": dire_ce_qui_est_tenu(candidature.accueil, espace.le),
        "annonce": _est_annonce(entretien),
        "origine": nommer(candidature.eleve.etablissement.nom),
        "bientot": entretien.periode.lower - espace.le < BIENTOT,
    }
    return render(request, "entretiens/deplacer.html", contexte | _retour(espace, code))


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def annuler(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    exiger(peut_planifier(espace.place))
    exiger_l_etape(espace, Geste.PLANIFIER)
    entretien = _entretien_a_venir(espace, code)
    form = AnnulationForm(_saisie(request))
    if form.is_bound and form.is_valid():
        try:
            services.liberer(
                entretien=entretien,
                replanifier=form.replanifier,
                motif=form.cleaned_data["motif"],
                par=request.user,
                le=espace.le,
            )
        except PeriodeClose:
            raise
        except Refus as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, "Entretien annulé. Le créneau est libre.")
            return redirect(url_de_la_candidature(espace, code))
    candidature = entretien.candidature
    quand = dire_instant(entretien.periode.lower, annee=False)
    contexte = {
        "question": f"Annuler l’entretien de {candidature.eleve} du {quand} ?",
        "consequences": _consequences(entretien),
        "verbe": "Annuler l’entretien",
        "annuler_url": url_de_la_candidature(espace, code),
        "renoncer": "Garder l’entretien",
        "formulaire": form,
        "fil_parent": {"libelle": str(candidature.eleve), "url": url_de_la_candidature(espace, code)},
    }
    return render(request, "composants/confirmation.html", contexte)


def _candidatures(espace: Espace):
    return Candidature.objects.de_l_accueil(espace.campagne, espace.etablissement.pk).avec_eleve().avec_formations()


def _entretien_a_venir(espace: Espace, code: str) -> Entretien:
    """L'entretien prévu de cette candidature ; 404 s'il n'y en a pas chez nous."""
    entretiens = Entretien.objects.de_l_accueil(espace.campagne, espace.etablissement.pk).prevus()
    return get_object_or_404(
        entretiens.avec_lieu().select_related(
            "candidature__eleve__etablissement", "candidature__domaine", "candidature__accueil"
        ),
        candidature__code=code,
    )


def _saisie(request: HttpRequest):
    return request.POST if request.method == "POST" else None


def _retour(espace: Espace, code: str) -> dict[str, str]:
    return {"uai": espace.etablissement.segment, "candidature_url": url_de_la_candidature(espace, code)}


def _est_annonce(entretien: Entretien) -> bool:
    return Convocation.objects.en_vigueur().filter(entretien=entretien).exists()


def _dire_le_deplacement(entretien: Entretien, creneau: Creneau) -> str:
    quand = dire_instant(creneau.periode.lower, annee=False)
    suite = "L’établissement est prévenu." if _est_annonce(entretien) else "La convocation reste à envoyer."
    return f"Entretien déplacé au {quand}. {suite}"


def _consequences(entretien: Entretien) -> list[str]:
    eleve = entretien.candidature.eleve
    phrases = ["Le créneau redevient libre."]
    if _est_annonce(entretien):
        referent = f" et {eleve.referent_nom}" if eleve.referent_nom else ""
        origine = nommer(eleve.etablissement.nom)
        phrases.append(f"Un courriel d’annulation préviendra {origine}{referent}.")
    else:
        phrases.append(f"Aucune convocation n’a été envoyée {chez(eleve.etablissement.nom)}.")
    return phrases
