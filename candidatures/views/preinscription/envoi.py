"""Relire, envoyer, puis recommencer pour un autre élève."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from candidatures.forms.preinscription import InformationForm
from candidatures.jetons import jeton_de_suivi
from candidatures.lectures import DIRE_MODALITES
from candidatures.preinscriptions import Demande, Etape
from candidatures.services import preinscriptions as services
from candidatures.views.communes import aboutit
from candidatures.views.preinscription.demarche import (
    ETAPES,
    Demarche,
    demarche_de,
    etape,
    etape_close,
    page,
    reseau_de,
    sans_compte,
    trop_de_demandes,
)
from referentiel.models import Formation
from referentiel.rules.jeu import LIBELLES_AVIS, Avis, Modalite
from referentiel.rules.refus import PeriodeClose, Refus


@etape(Etape.RECAPITULATIF)
def recapitulatif(request: HttpRequest, demarche: Demarche) -> HttpResponse:
    form = InformationForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        envoi = {"preinscription": demarche.preinscription, "jeton": demarche.jeton}
        if aboutit(form, lambda: services.envoyer(**envoi, reseau=reseau_de(request), le=demarche.le)):
            return redirect("candidatures:pre_inscription_envoyee", demarche.jeton)
    contexte = {
        "form": form,
        "demande": demarche.demande,
        "courriel": demarche.preinscription.courriel,
        "message": demarche.preinscription.message,
        "domaines": recapituler(demarche.demande),
        "urls": {str(nom): demarche.adresse(nom) for nom in ETAPES},
    }
    return page(request, demarche, Etape.RECAPITULATIF, contexte)


@require_safe
@sans_compte
def envoyee(request: HttpRequest, jeton: str) -> HttpResponse:
    """La demande est partie : sa référence, son suivi, et de quoi inscrire un autre élève."""
    demarche = demarche_de(request, jeton)
    if demarche.preinscription.est_en_saisie:
        return redirect(demarche.adresse(demarche.a_faire))
    contexte = {
        "preinscription": demarche.preinscription,
        "suivi_url": reverse("avis:suivi", args=[jeton_de_suivi(jeton)]),
        "autre_url": reverse("candidatures:pre_inscription_autre", args=[jeton]),
    }
    return render(request, "candidatures/preinscription/envoyee.html", contexte)


@require_POST
@sans_compte
def autre(request: HttpRequest, jeton: str) -> HttpResponse:
    """« Inscrire un autre élève du même établissement » : les étapes 1 et 2 restent faites."""
    demarche = demarche_de(request, jeton)
    try:
        nouveau = services.recommencer(
            preinscription=demarche.preinscription, reseau=reseau_de(request), le=demarche.le
        )
    except PeriodeClose as close:
        return etape_close(request, demarche.campagne, close.reponse)
    except Refus as refus:
        return trop_de_demandes(request, refus)
    return redirect("candidatures:pre_inscription_eleve", nouveau)


def recapituler(demande: Demande) -> list[dict[str, Any]]:
    """Par domaine : l'hôte, sa modalité, chaque formation avec son avis et son commentaire."""
    return [
        {
            "accueil": accueil,
            "modalite": DIRE_MODALITES[Modalite(accueil.modalite)],
            "collective": accueil.modalite == Modalite.COLLECTIF,
            "lignes": [_ligne(demande, formation) for formation in formations],
        }
        for accueil, formations in demande.choix
    ]


def _ligne(demande: Demande, formation: Formation) -> dict[str, Any]:
    donne, commentaire = demande.avis_sur(formation)
    return {"formation": formation, "avis": LIBELLES_AVIS[Avis(donne)] if donne else "", "commentaire": commentaire}
