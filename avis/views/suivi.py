"""Le suivi d'une pré-inscription par lien personnel : son état, puis ses convocations et sa fiche (R21, écran P8).

Le lien n'ouvre qu'une demande et son seul élève, tant qu'il est dans l'établissement qui l'a inscrit (R37).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from axes.helpers import get_client_ip_address
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_http_methods, require_safe

from avis.lectures import FicheDeLEleve, fiche_de
from avis.pdf import fiche_imprimee
from candidatures.models import Eleve, LienPersonnel, PreInscription
from candidatures.preinscriptions import lire
from candidatures.services import preinscriptions
from courriers.comptoir import donner
from courriers.pdf import RenduImpossible
from courriers.pieces import telecharger
from entretiens.agenda import agenda_de
from entretiens.models import Convocation
from entretiens.pdf import convocations_imprimees, feuille_de
from referentiel.models import Campagne

ETATS = {
    PreInscription.Etat.EN_ATTENTE: "En attente de validation par le SAIO",
    PreInscription.Etat.A_COMPLETER: "Complément demandé",
    PreInscription.Etat.ACCEPTEE: "Acceptée",
    PreInscription.Etat.REFUSEE: "Refusée",
}


@dataclass(frozen=True, slots=True)
class Suivi:
    """Ce qu'un lien personnel ouvre ; `eleve` manque tant que la demande n'est pas acceptée."""

    jeton: str
    preinscription: PreInscription
    campagne: Campagne
    eleve: Eleve | None

    def convocations(self, request: HttpRequest):
        """Convocations en vigueur de l'élève, une fois parties."""
        en_vigueur = Convocation.objects.en_vigueur().parties(request.le).avec_document()
        return en_vigueur.filter(entretien__candidature__eleve=self.eleve).order_by("periode")

    def fiche(self, request: HttpRequest) -> FicheDeLEleve:
        if self.eleve is None:
            raise Http404
        return fiche_de(self.campagne, self.eleve, request.le)


def par_lien(vue: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Ouvre la vue à qui tient un lien qui vaut ; rien de la page n'est gardé ni indexé."""

    @wraps(vue)
    def porte(request: HttpRequest, jeton: str, **parametres: str) -> HttpResponse:
        lien = _lien(jeton)
        if lien.expire_le <= request.le:
            reponse = render(request, "avis/suivi/echu.html", {"jeton": jeton}, status=410)
        else:
            reponse = vue(request, _suivi(lien, jeton), **parametres)
        patch_cache_control(reponse, private=True, no_store=True)
        reponse["X-Robots-Tag"] = "noindex, nofollow"
        return reponse

    return porte


@require_safe
@par_lien
def suivi(request: HttpRequest, suivi: Suivi) -> HttpResponse:
    demande = lire(suivi.preinscription)
    contexte = {
        "jeton": suivi.jeton,
        "preinscription": suivi.preinscription,
        "etat": ETATS[PreInscription.Etat(suivi.preinscription.etat)],
        "demande": demande,
        "eleve": suivi.eleve,
        "convocations": suivi.convocations(request) if suivi.eleve else [],
        "fiche": suivi.fiche(request) if suivi.eleve else None,
    }
    return render(request, "avis/suivi/suivi.html", contexte)


@require_safe
@par_lien
def convocation(request: HttpRequest, suivi: Suivi, code: str) -> HttpResponse:
    ligne = _convocation(request, suivi, code)
    contexte = {"jeton": suivi.jeton, "convocation": ligne, "feuille": feuille_de(ligne)}
    return render(request, "avis/suivi/convocation.html", contexte)


@require_safe
@par_lien
def convocation_pdf(request: HttpRequest, suivi: Suivi, code: str) -> HttpResponse:
    ligne = _convocation(request, suivi, code)
    try:
        return donner(request, convocations_imprimees([ligne]))
    except RenduImpossible as panne:
        return _indisponible(request, suivi, panne)


@require_safe
@par_lien
def convocation_ics(request: HttpRequest, suivi: Suivi, code: str) -> HttpResponse:
    return telecharger(agenda_de(_convocation(request, suivi, code)))


@require_safe
@par_lien
def fiche(request: HttpRequest, suivi: Suivi) -> HttpResponse:
    contenu = suivi.fiche(request)
    contexte = {"jeton": suivi.jeton, "fiche": contenu, "eleve": suivi.eleve}
    return render(request, "avis/suivi/fiche.html", contexte)


@require_safe
@par_lien
def fiche_pdf(request: HttpRequest, suivi: Suivi) -> HttpResponse:
    """Le document de la version en vigueur (R32)."""
    contenu = suivi.fiche(request)
    if not contenu.sections:
        raise Http404
    try:
        return donner(request, fiche_imprimee(contenu, suivi.campagne, request.le))
    except RenduImpossible as panne:
        return _indisponible(request, suivi, panne)


@require_http_methods(["POST"])
def nouveau_lien(request: HttpRequest, jeton: str) -> HttpResponse:
    """Un lien échu en demande un autre, à l'adresse confirmée et à elle seule."""
    lien = _lien(jeton)
    if lien.expire_le > request.le:
        return redirect("avis:suivi", jeton)
    try:
        preinscriptions.redemander_un_lien(
            lien=lien, reseau=get_client_ip_address(request) or "inconnue", le=request.le
        )
    except preinscriptions.TropDeDemandes as trop:
        contexte = {"phrase": str(trop)}
        return render(request, "candidatures/preinscription/refus.html", contexte, status=429)
    return render(request, "avis/suivi/envoye.html")


def _lien(jeton: str) -> LienPersonnel:
    liens = LienPersonnel.objects.du_jeton(jeton).select_related(
        "preinscription__campagne__academie", "preinscription__campagne__regles", "preinscription__eleve__etablissement"
    )
    return get_object_or_404(liens.prefetch_related("preinscription__campagne__periodes"))


def _suivi(lien: LienPersonnel, jeton: str) -> Suivi:
    demande = lien.preinscription
    eleve = demande.eleve
    if eleve and eleve.etablissement_id != demande.etablissement_id:
        raise Http404
    acceptee = demande.etat == PreInscription.Etat.ACCEPTEE
    return Suivi(jeton, demande, demande.campagne, eleve if acceptee else None)


def _convocation(request: HttpRequest, suivi: Suivi, code: str) -> Convocation:
    if suivi.eleve is None:
        raise Http404
    return get_object_or_404(suivi.convocations(request), code=code)


def _indisponible(request: HttpRequest, suivi: Suivi, panne: RenduImpossible) -> HttpResponse:
    return render(request, "candidatures/preinscription/refus.html", {"phrase": str(panne)}, status=503)
