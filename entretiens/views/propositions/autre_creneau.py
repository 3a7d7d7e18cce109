"""Tous les créneaux libres pour un élève d'une proposition (écran A7, page 2, « Autre créneau… »)."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from entretiens import services
from entretiens.forms import ChoixDeCreneauForm
from entretiens.lectures import occupations
from entretiens.models import Creneau, LigneDeProposition, Proposition
from entretiens.permissions import peut_planifier
from entretiens.views.outils import CRENEAUX_AU_PLUS, lire_la_cle, par_jour
from entretiens.views.propositions.fin import adresse, montrer_la_fin, trouver
from entretiens.views.propositions.lignes import Tableau
from referentiel.portes import Espace, dans_l_accueil, exiger, exiger_l_etape
from referentiel.rules.ouverture import Geste


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def creneau(request: HttpRequest, espace: Espace, code: str, candidature: str) -> HttpResponse:
    """Tous les créneaux libres où un élève de la proposition peut venir, en boutons radio."""
    exiger(peut_planifier(espace.place))
    exiger_l_etape(espace, Geste.PLANIFIER)
    objet = trouver(espace, code)
    if not objet.est_preparee:
        return montrer_la_fin(request, espace, objet)
    lignes = services.lignes_de(objet)
    ligne = next((ligne for ligne in lignes if ligne.candidature.code == candidature), None)
    if ligne is None:
        return redirect(adresse(espace, objet))
    creneaux = _pour_cet_eleve(espace, objet, lignes, ligne)
    form = ChoixDeCreneauForm(
        request.POST if request.method == "POST" else None,
        creneaux=creneaux,
        initial={"creneau": ligne.creneau.code if ligne.creneau else ""},
    )
    version, garde = objet.version, False
    if form.is_bound and form.is_valid():
        try:
            garde = _garder(request, espace, objet, ligne, form)
        except services.PropositionFinie as fin:
            return montrer_la_fin(request, espace, fin.proposition)
        except services.PropositionModifiee as refus:
            version = refus.proposition.version
            form.add_error(None, str(refus))
    if garde:
        return redirect(adresse(espace, objet))
    contexte = {
        "candidature": ligne.candidature,
        "form": form,
        "jours": par_jour(creneaux, espace),
        "version": version,
        "retour_url": adresse(espace, objet),
        "uai": espace.etablissement.segment,
    }
    return render(request, "entretiens/propositions/autre_creneau.html", contexte)


def _garder(
    request: HttpRequest, espace: Espace, objet: Proposition, ligne: LigneDeProposition, form: ChoixDeCreneauForm
) -> bool:
    """Pose le créneau choisi ; vrai s'il tient, sinon la page dit pourquoi."""
    try:
        services.ajuster_la_proposition(
            proposition=objet,
            choix={ligne.candidature_id: form.choisi},
            version=lire_la_cle(request.POST.get("version", "")),
            par=request.user,
            le=espace.le,
        )
    except services.AjustementsRefuses as refus:
        for phrase in refus.phrases:
            form.add_error(None, phrase)
        return False
    return True


def _pour_cet_eleve(
    espace: Espace, objet: Proposition, lignes: Sequence[LigneDeProposition], ligne: LigneDeProposition
) -> list[Creneau]:
    """Le créneau qu'il a, et ceux où il peut venir, dans l'ordre des heures."""
    prises = occupations([ligne.candidature.eleve_id])
    libres = Tableau(espace, objet, lignes, prises).creneaux_de(ligne)[:CRENEAUX_AU_PLUS]
    return sorted([*filter(None, [ligne.creneau]), *libres], key=lambda creneau: (creneau.periode.lower, creneau.pk))
