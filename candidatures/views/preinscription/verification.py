"""Confirmer son adresse, par le code ou par le lien reçus."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from candidatures.forms.preinscription import CodeForm
from candidatures.preinscriptions import Etape
from candidatures.services import preinscriptions as services
from candidatures.views.communes import aboutit
from candidatures.views.preinscription.demarche import Demarche, etape, page, reseau_de, trop_de_demandes
from referentiel.rules.refus import PeriodeClose, Refus


@etape(Etape.VERIFICATION)
def verification(request: HttpRequest, demarche: Demarche) -> HttpResponse:
    """Le code, ou la clé du lien reçu : seul un envoi confirme, jamais l'ouverture d'un lien (T10)."""
    geste = request.POST.get("geste", "verifier") if request.method == "POST" else ""
    if geste == "renvoyer":
        return _renvoyer_un_code(request, demarche)
    if geste == "confirmer":
        return _confirmer_par_lien(request, demarche)
    form = CodeForm(request.POST if geste else None)
    if form.is_bound and form.is_valid() and aboutit(form, lambda: _confirmer_par_code(demarche, form)):
        return redirect(demarche.adresse(Etape.ELEVE))
    contexte = {
        "form": form,
        "adresse": masquer(demarche.preinscription.courriel),
        "confirmee": demarche.preinscription.confirmee_le is not None,
        "cle": request.GET.get("cle", "") if not geste else "",
        "nom": demarche.demande.demandeur.nom,
        "etablissement_url": demarche.adresse(Etape.ETABLISSEMENT),
        "suite_url": demarche.adresse(demarche.a_faire),
    }
    return page(request, demarche, Etape.VERIFICATION, contexte)


def _confirmer_par_code(demarche: Demarche, form: CodeForm) -> None:
    services.confirmer_par_code(preinscription=demarche.preinscription, code=form.cleaned_data["code"], le=demarche.le)


def _confirmer_par_lien(request: HttpRequest, demarche: Demarche) -> HttpResponse:
    cle = request.POST.get("cle", "")
    try:
        services.confirmer_par_lien(preinscription=demarche.preinscription, cle=cle, le=demarche.le)
    except PeriodeClose:
        raise
    except Refus as refus:
        messages.error(request, str(refus))
        return redirect(demarche.adresse(Etape.VERIFICATION))
    return redirect(demarche.adresse(Etape.ELEVE))


def _renvoyer_un_code(request: HttpRequest, demarche: Demarche) -> HttpResponse:
    try:
        services.renvoyer_un_code(
            preinscription=demarche.preinscription, jeton=demarche.jeton, reseau=reseau_de(request), le=demarche.le
        )
    except services.TropDeDemandes as refus:
        return trop_de_demandes(request, refus)
    except PeriodeClose:
        raise
    except Refus as refus:
        messages.error(request, str(refus))
    else:
        messages.success(request, "Un nouveau code vous est envoyé. L’ancien ne vaut plus.")
    return redirect(demarche.adresse(Etape.VERIFICATION))


def masquer(courriel: str) -> str:
    """« m.d…@cfa-exemple.fr » : de quoi reconnaître son adresse."""
    nom, _, domaine = courriel.partition("@")
    return f"{nom[:3]}…@{domaine}"
