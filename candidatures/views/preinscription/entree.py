"""Entrer dans la démarche, et dire de quel établissement on est."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from candidatures.forms.preinscription import EtablissementForm
from candidatures.preinscriptions import Etape
from candidatures.services import preinscriptions as services
from candidatures.views.communes import aboutit
from candidatures.views.preinscription.demarche import (
    TROP_DE_DEMANDES,
    Demarche,
    etape,
    etape_close,
    page,
    reseau_de,
    sans_compte,
)
from referentiel.pages_publiques import campagne_publique, liens_des_academies, sans_campagne, suffixe
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import dire_jour

LEURRE = "site_web"


@sans_compte
def introduction(request: HttpRequest) -> HttpResponse:
    """Page 0 : pour qui, ce qu'il faut, la date limite ; l'envoi ouvre une saisie."""
    campagne = campagne_publique(request)
    if campagne is None:
        return sans_campagne(request, "Pré-inscription")
    reponse = campagne.ouverture(request.le).de(Nature.INSCRIPTION)
    if not reponse.ouverte:
        return etape_close(request, campagne, reponse)
    refus = ""
    if request.method == "POST":
        try:
            jeton = services.commencer(campagne=campagne, reseau=reseau_de(request), le=request.le)
        except services.TropDeDemandes as trop:
            refus = str(trop)
        else:
            return redirect("candidatures:pre_inscription_etablissement", jeton)
    academies = liens_des_academies(request, campagne.academie)
    contexte = {
        "campagne": campagne,
        "date_limite": dire_jour(reponse.dernier_jour) if reponse.dernier_jour else "",
        "academies": academies if len(academies) > 1 else [],
        "envoi_url": reverse("candidatures:pre_inscription") + suffixe(request),
        "refus": refus,
    }
    return render(
        request,
        "candidatures/preinscription/introduction.html",
        contexte,
        status=TROP_DE_DEMANDES if refus else 200,
    )


@etape(Etape.ETABLISSEMENT)
def etablissement(request: HttpRequest, demarche: Demarche) -> HttpResponse:
    preinscription = demarche.preinscription
    form = EtablissementForm(
        request.POST if request.method == "POST" else None,
        campagne=demarche.campagne,
        demandeur=demarche.demande.demandeur,
        courriel=preinscription.courriel,
    )
    if request.POST.get(LEURRE):
        return redirect(demarche.adresse(Etape.VERIFICATION))
    if form.is_bound and form.is_valid():
        fait = aboutit(
            form,
            lambda: services.donner_l_etablissement(
                preinscription=preinscription,
                demandeur=form.demandeur,
                courriel=form.cleaned_data["courriel"],
                jeton=demarche.jeton,
                reseau=reseau_de(request),
                le=demarche.le,
            ),
        )
        if fait:
            return redirect(demarche.adresse(Etape.VERIFICATION))
    return page(request, demarche, Etape.ETABLISSEMENT, {"form": form, "leurre": LEURRE})
