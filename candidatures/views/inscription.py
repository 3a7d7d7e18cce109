"""Inscrire un élève : le chercher, puis formations, avis, récapitulatif (écran O6).

La démarche a quatre étapes partie de la recherche, trois partie d'un élève ; `depuis=recherche` le garde en route.
"""

from itertools import pairwise
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from candidatures import services
from candidatures.forms import ChoixForm
from candidatures.forms.recherche import RechercheForm
from candidatures.lectures import (
    DIRE_MODALITES,
    candidatures_actives,
    completables,
    demandes_de_l_inscription,
    domaines_au_choix,
    lignes_d_avis,
)
from candidatures.models import Candidature, Eleve
from candidatures.permissions import peut_inscrire, peut_saisir_les_avis
from candidatures.rules import Etat
from candidatures.views.communes import eleve_de, essayer, url_des_eleves, url_du_dossier, vers
from candidatures.views.saisie import Bloc, enregistrer
from referentiel.models import Offre
from referentiel.portes import Espace, dans_l_origine, exiger, exiger_l_etape
from referentiel.rules.jeu import Modalite
from referentiel.rules.ouverture import Geste

DEPUIS_LA_RECHERCHE = "?depuis=recherche"
ELEVES_MONTRES = 60


@require_safe
@dans_l_origine
def rechercher(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Première étape, quand on ne part pas d'un élève."""
    exiger(peut_inscrire(espace.place))
    exiger_l_etape(espace, Geste.INSCRIRE)
    eleves = Eleve.objects.de_l_origine(espace.campagne, espace.etablissement.pk)
    classes = list(eleves.order_by("classe").values_list("classe", flat=True).distinct())
    form = RechercheForm(request.GET, classes=classes)
    voulu = form.cleaned_data if form.is_valid() else {"q": "", "classe": ""}
    cherche = bool(voulu["q"].strip() or voulu["classe"])
    trouves = _trouver(eleves, voulu) if cherche else []
    contexte = {
        "form": form,
        "eleves": [
            {"eleve": eleve, "url": _adresse("inscription_formations", espace, eleve, DEPUIS_LA_RECHERCHE)}
            for eleve in trouves[:ELEVES_MONTRES]
        ],
        "cherche": cherche,
        "trop": len(trouves) > ELEVES_MONTRES,
        "eleves_url": url_des_eleves(espace),
        "ajouter_url": reverse("candidatures:eleve_ajouter", args=[espace.etablissement.segment]),
    }
    return render(request, "candidatures/inscription_recherche.html", contexte)


@require_safe
@dans_l_origine
def reprendre(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Ramène une inscription commencée à l'étape où elle en est."""
    eleve = _eleve_a_inscrire(espace, code)
    brouillons = [c for c in candidatures_actives(eleve) if c.etat == Etat.BROUILLON]
    if not brouillons:
        return vers("inscription_formations", espace, code=code)
    manque = any(not demande.avis_complet for c in brouillons for demande in c.formations_maintenues)
    a_saisir = manque and peut_saisir_les_avis(espace.place)
    return vers("inscription_avis" if a_saisir else "inscription_recapitulatif", espace, code=code)


@dans_l_origine
def formations(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    eleve = _eleve_a_inscrire(espace, code)
    form, filtre = _choix(request, espace, eleve), (request.POST.get("q") or request.GET.get("q") or "").strip()
    if form.is_bound and form.is_valid() and _garder(request, espace, eleve, form):
        return redirect(_adresse("inscription_avis", espace, eleve, _depuis(request)))
    sections = list(form.sections(filtre))
    contexte = _etape(request, espace, eleve, 1) | {
        "form": form,
        "sections": sections,
        "filtre": filtre,
        "limite": espace.campagne.regles.formations_maximales,
        "precedent_url": _avant_les_formations(request, espace, eleve),
    }
    return render(request, "candidatures/inscription_formations.html", contexte)


@dans_l_origine
def avis(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    eleve = _eleve_a_inscrire(espace, code)
    lignes = lignes_d_avis(demandes_de_l_inscription(eleve), espace.campagne, espace.le)
    lignes = [ligne for ligne in lignes if not ligne.fige]
    peut_saisir = peut_saisir_les_avis(espace.place)
    exiger(peut_saisir or request.method != "POST")
    blocs = [Bloc(ligne, request.POST or None, espace.campagne) for ligne in lignes]
    if "reprendre" in request.POST:
        blocs = _reprendre_le_commentaire(blocs, request.POST["reprendre"], espace)
    elif request.method == "POST" and enregistrer(request, espace, blocs):
        return redirect(_adresse("inscription_recapitulatif", espace, eleve, _depuis(request)))
    contexte = _etape(request, espace, eleve, 2) | {
        "blocs": blocs,
        "peut_saisir": peut_saisir,
        "erreurs": (erreurs := [bloc for bloc in blocs if bloc.en_erreur]),
        "page_en_erreur": bool(erreurs),
        "recapitulatif_url": _adresse("inscription_recapitulatif", espace, eleve, _depuis(request)),
        "precedent_url": _adresse("inscription_formations", espace, eleve, _depuis(request)),
    }
    return render(request, "candidatures/inscription_avis.html", contexte)


@dans_l_origine
def recapitulatif(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    eleve = _eleve_a_inscrire(espace, code)
    brouillons = [c for c in candidatures_actives(eleve) if c.etat == Etat.BROUILLON]
    if not brouillons:
        return redirect(url_du_dossier(espace, eleve))
    form = Form(request.POST if request.method == "POST" else None)
    if form.is_valid() and essayer(form, lambda: _inscrire(request, espace, eleve, brouillons)):
        nombre = len(brouillons)
        messages.success(request, f"{eleve.prenom} est inscrit pour {nombre} entretien{'s' if nombre > 1 else ''}.")
        return redirect(url_du_dossier(espace, eleve))
    contexte = _etape(request, espace, eleve, 3) | {
        "form": form,
        "domaines": _recapituler(espace, brouillons),
        "manquants": sum(not d.avis_complet for c in brouillons for d in c.formations_maintenues),
        "precedent_url": _adresse("inscription_avis", espace, eleve, _depuis(request)),
    }
    return render(request, "candidatures/inscription_recapitulatif.html", contexte)


def _eleve_a_inscrire(espace: Espace, code: str) -> Eleve:
    """Élève de l'établissement, si la personne peut l'inscrire et si les inscriptions sont ouvertes."""
    eleve = eleve_de(espace, code)
    exiger(peut_inscrire(espace.place))
    exiger_l_etape(espace, Geste.INSCRIRE)
    return eleve


def _trouver(eleves, voulu: dict[str, str]) -> list[Eleve]:
    if voulu["classe"]:
        eleves = eleves.filter(classe=voulu["classe"])
    return list(eleves.cherche(voulu["q"])[: ELEVES_MONTRES + 1])


def _depuis(request: HttpRequest) -> str:
    return DEPUIS_LA_RECHERCHE if request.GET.get("depuis") == "recherche" else ""


def _etape(request: HttpRequest, espace: Espace, eleve: Eleve, numero: int) -> dict[str, Any]:
    """Ce que chaque étape montre ; `numero` compte à partir des formations."""
    avant = 1 if _depuis(request) else 0
    return {
        "eleve": eleve,
        "etapes": {"numero": numero + avant, "total": 3 + avant},
        "eleves_url": url_des_eleves(espace),
        "dossier_url": url_du_dossier(espace, eleve),
    }


def _adresse(nom: str, espace: Espace, eleve: Eleve, suite: str = "") -> str:
    segments = {"uai": espace.etablissement.segment, "code": eleve.code}
    return reverse(f"candidatures:{nom}", kwargs=segments) + suite


def _avant_les_formations(request: HttpRequest, espace: Espace, eleve: Eleve) -> str:
    if _depuis(request):
        return reverse("candidatures:inscription", args=[espace.etablissement.segment])
    return url_du_dossier(espace, eleve)


def _choix(request: HttpRequest, espace: Espace, eleve: Eleve) -> ChoixForm:
    """Formulaire des choix ; « Filtrer » et une première visite le montrent sans rien contrôler."""
    actives = candidatures_actives(eleve)
    commun = {
        "domaines": domaines_au_choix(espace.campagne, espace.etablissement),
        "candidatures": {candidature.domaine_id: candidature for candidature in actives},
        "ajoutables": completables(actives, espace.le),
    }
    if "filtrer" in request.POST:
        return ChoixForm(initial=ChoixForm.choix_tapes(request.POST), **commun)
    return ChoixForm(request.POST if request.method == "POST" else None, **commun)


def _garder(request: HttpRequest, espace: Espace, eleve: Eleve, form: ChoixForm) -> bool:
    """Garde les brouillons et ajoute aux candidatures déjà inscrites ; faux si le service refuse."""

    def garder() -> bool:
        services.preparer_l_inscription(
            eleve=eleve, brouillons=form.brouillons, ajouts=form.ajouts, par=request.user, le=espace.le
        )
        return True

    fait = essayer(form, garder)
    for accueil, ajoutees in form.ajouts if fait else ():
        noms = ", ".join(formation.intitule for formation in ajoutees)
        messages.success(request, f"{noms} : ajouté à la candidature {accueil.domaine}.")
    return bool(fait)


def _inscrire(request: HttpRequest, espace: Espace, eleve: Eleve, brouillons: list[Candidature]) -> list[Candidature]:
    choix = [(c.accueil, [demande.formation for demande in c.formations_maintenues]) for c in brouillons]
    for candidature in brouillons:
        candidature.accueil.domaine = candidature.domaine
    return services.inscrire(eleve=eleve, choix=choix, par=request.user, le=espace.le)


def _reprendre_le_commentaire(blocs: list[Bloc], code: str, espace: Espace) -> list[Bloc]:
    """Recopie dans le bloc `code` le commentaire du bloc qui le précède, sans rien enregistrer."""
    tapes = [bloc.en_saisie(espace.campagne) for bloc in blocs]
    for precedent, bloc in pairwise(tapes):
        if bloc.ligne.demande.code == code:
            bloc.form.initial["commentaire"] = precedent.form.initial["commentaire"]
    return tapes


def _recapituler(espace: Espace, brouillons: list[Candidature]) -> list[dict[str, Any]]:
    """Par domaine : l'hôte, sa modalité, les formations, et celles qu'il ne propose pas lui-même."""
    proposees = set(
        Offre.objects.demandables()
        .filter(formation__domaine__in=[candidature.domaine_id for candidature in brouillons])
        .values_list("formation_id", "etablissement_id")
    )
    return [
        {
            "candidature": candidature,
            "modalite": DIRE_MODALITES[Modalite(candidature.accueil.modalite)],
            "collective": candidature.accueil.modalite == Modalite.COLLECTIF,
            "demandes": candidature.formations_maintenues,
            "absentes": [
                demande.formation
                for demande in candidature.formations_maintenues
                if (demande.formation_id, candidature.accueil.etablissement_id) not in proposees
            ],
        }
        for candidature in brouillons
    ]
