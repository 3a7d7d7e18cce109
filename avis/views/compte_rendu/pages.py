"""Les pages d'un compte-rendu : l'écrire, et sa trame vierge."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from avis import suivi
from avis.dossiers import candidature_adressee
from avis.forms.compte_rendu import CompteRenduForm, Presence
from avis.pdf import trame_imprimee
from avis.permissions import peut_corriger, peut_lire_les_comptes_rendus, peut_rediger, peut_transmettre_celui_ci
from avis.views.compte_rendu.affichage import conseiller, etape, montrer, montrer_le_conflit
from avis.views.compte_rendu.gestes import COMPLETS, RENDENT, Geste, enregistrer, phrase_de, suite_de
from avis.views.mots import rappeler
from candidatures.models import Candidature
from courriers.comptoir import donner
from courriers.pdf import RenduImpossible
from entretiens.permissions import peut_saisir_les_presences
from referentiel.en_direct import AUTRE_PERSONNE, est_d_une_autre_personne
from referentiel.portes import Espace, dans_l_accueil, dossier_lu, exiger, exiger_l_etape
from referentiel.rules.refus import Conflit, PeriodeClose, Refus


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def compte_rendu(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """A12 : lire ce que dit l'origine, écrire le compte-rendu et les avis."""
    exiger(peut_lire_les_comptes_rendus(espace.place))
    saisie = suivi.lire_la_saisie(la_candidature(espace, code))
    dossier_lu(request, saisie.candidature.eleve)
    geste = _geste(request)
    if geste is None:
        return montrer(request, espace, _formulaire(espace, saisie))
    _exiger_le_droit(request, espace, saisie, geste)
    exiger_l_etape(espace, etape(saisie))
    form = _formulaire(espace, saisie, request.POST, complet=geste in COMPLETS)
    if est_d_une_autre_personne(request):
        form.add_error(None, AUTRE_PERSONNE)
    if form.is_valid():
        return _appliquer(request, espace, form, geste)
    return montrer(request, espace, form)


@require_safe
@dans_l_accueil
def trame(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """La trame vierge de l'entretien, à remplir à la main ; rien de l'avis d'origine n'y est."""
    exiger(peut_lire_les_comptes_rendus(espace.place))
    saisie = suivi.lire_la_saisie(la_candidature(espace, code))
    dossier_lu(request, saisie.candidature.eleve)
    try:
        return donner(request, trame_imprimee(saisie, espace.campagne, espace.etablissement), dans_la_page=True)
    except RenduImpossible as refus:
        messages.error(request, str(refus))
        return redirect("avis:compte_rendu", uai=espace.etablissement.segment, code=code)


def la_candidature(espace: Espace, code: str) -> Candidature:
    """La candidature adressée à cet établissement, ou 404."""
    candidature = candidature_adressee(espace.campagne, espace.etablissement.pk, code)
    if candidature is None:
        raise Http404
    return candidature


def _formulaire(espace: Espace, saisie: suivi.Saisie, envoi: Any = None, *, complet: bool = False) -> CompteRenduForm:
    return CompteRenduForm(envoi, saisie=saisie, campagne=espace.campagne, complet=complet)


def _geste(request: HttpRequest) -> Geste | None:
    """Le geste demandé ; rendre compte d'un entretien où l'élève n'est pas venu, c'est enregistrer son absence."""
    if request.method != "POST":
        return None
    if "retirer" in request.POST:
        return Geste.RETIRER
    valeur = request.POST.get("geste", "")
    geste = Geste(valeur) if valeur in set(Geste) else Geste.BROUILLON
    return Geste.ABSENCE if geste in RENDENT and request.POST.get("presence") == Presence.NON else geste


def _exiger_le_droit(request: HttpRequest, espace: Espace, saisie: suivi.Saisie, geste: Geste) -> None:
    place = espace.place
    exiger(peut_rediger(place))
    if geste in {Geste.TRANSMETTRE, Geste.SUIVANT, Geste.RENVOYER}:
        exiger(peut_transmettre_celui_ci(place, saisie.compte_rendu, request.user))
    if geste is Geste.CORRIGER:
        exiger(peut_corriger(place))
    if geste in {Geste.ABSENCE, Geste.PRESENCE}:
        exiger(peut_saisir_les_presences(place))


def _appliquer(request: HttpRequest, espace: Espace, form: CompteRenduForm, geste: Geste) -> HttpResponse:
    try:
        enregistrer(request, espace, form, geste)
    except PeriodeClose:
        raise
    except Conflit as conflit:
        return montrer_le_conflit(request, espace, form, conflit)
    except Refus as refus:
        form.add_error("message" if geste is Geste.RENVOYER else None, str(refus))
        return montrer(request, espace, form)
    if geste is not Geste.ABSENCE:
        rappeler(request, espace.campagne, form.cleaned_data["texte"], form.saisie.candidature)
        conseiller(request, espace, form)
    messages.success(request, phrase_de(espace, form, geste))
    return redirect(suite_de(request, espace, form, geste))
