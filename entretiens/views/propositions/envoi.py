"""Vérifier une proposition, puis planifier et convoquer d'un seul geste (écran A7, page 3)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from entretiens import services
from entretiens.forms.propositions import DepartForm
from entretiens.models import Entretien, Proposition
from entretiens.permissions import peut_convoquer, peut_planifier
from entretiens.views.outils import lire_la_cle
from entretiens.views.propositions.fin import adresse, montrer_la_fin, trouver
from entretiens.views.verification import ce_qui_partira, dire_le_depart
from referentiel.portes import Espace, dans_l_accueil, exiger, exiger_l_etape
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def verifier_et_envoyer(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    exiger(peut_planifier(espace.place) and peut_convoquer(espace.place))
    exiger_l_etape(espace, Geste.PLANIFIER)
    exiger_l_etape(espace, Geste.CONVOQUER)
    objet = trouver(espace, code)
    if not objet.est_preparee:
        return montrer_la_fin(request, espace, objet)
    form = DepartForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and (reponse := _envoyer(request, espace, objet, form)):
        return reponse
    lignes = services.lignes_de(objet)
    prevus = [_prevu(ligne) for ligne in lignes if ligne.creneau]
    if not prevus or services.defauts_des_lignes(objet, lignes, le=espace.le):
        if not prevus:
            messages.error(request, "Aucun élève n’a de créneau dans cette proposition.")
        return redirect(adresse(espace, objet))
    contexte = {
        **ce_qui_partira(espace, prevus),
        "form": form,
        "attendent": len(lignes) - len(prevus),
        "version": objet.version,
        "retour_url": adresse(espace, objet),
        "uai": espace.etablissement.segment,
    }
    return render(request, "entretiens/propositions/envoi.html", contexte)


def _envoyer(request: HttpRequest, espace: Espace, objet: Proposition, form: DepartForm) -> HttpResponse | None:
    """Planifie et convoque ; rien si la date ne va pas."""
    try:
        finie = services.confirmer_la_proposition(
            proposition=objet,
            version=lire_la_cle(request.POST.get("version", "")),
            envoyer=True,
            part_le=form.part_le,
            par=request.user,
            le=espace.le,
        )
    except PeriodeClose:
        raise
    except services.DepartRefuse as refus:
        form.add_error("jour", str(refus))
        return None
    except services.PropositionFinie as fin:
        return montrer_la_fin(request, espace, fin.proposition)
    except services.PropositionModifiee as refus:
        messages.error(request, f"{refus.constat} Rien n’est envoyé : vérifiez de nouveau.")
        return redirect(adresse(espace, objet))
    except Refus as refus:
        messages.error(request, f"{refus} Rien n’est planifié ni envoyé.")
        return redirect(adresse(espace, objet))
    s = "s" if finie.planifies > 1 else ""
    depart = dire_le_depart(finie.envoi.part_le, espace.le)
    messages.success(request, f"{finie.planifies} entretien{s} planifié{s}. {depart}")
    return redirect("entretiens:envoi", uai=espace.etablissement.segment, code=finie.envoi.code)


def _prevu(ligne) -> Entretien:
    """L'entretien que la ligne deviendrait : il se montre sans s'écrire."""
    return Entretien(
        candidature=ligne.candidature,
        eleve=ligne.candidature.eleve,
        creneau=ligne.creneau,
        periode=ligne.creneau.periode,
    )
