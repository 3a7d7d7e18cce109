"""La séance collective, de son ouverture à sa feuille d'émargement (écran A9)."""

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from candidatures.models import Candidature
from candidatures.presentation import presenter
from candidatures.rules import Etat, situation
from courriers.comptoir import donner
from courriers.pdf import RenduImpossible
from entretiens import services
from entretiens.feuilles import emargement_imprime, emargements
from entretiens.forms.seances import SeanceCollectiveForm
from entretiens.lectures import accueils_de
from entretiens.models import Creneau, Entretien, Jury, Salle, Seance
from entretiens.permissions import (
    peut_convoquer,
    peut_emporter_le_planning,
    peut_lire_le_planning,
    peut_planifier,
    peut_saisir_les_presences,
)
from entretiens.rules.planning import pourquoi_pas_autant
from entretiens.views.outils import candidats_pour, ce_qui_se_planifie, lire_le_jour, places_a_donner
from referentiel.portes import Espace, dans_l_accueil, exiger, exiger_l_etape
from referentiel.rules.dates import jour_de
from referentiel.rules.jeu import Modalite
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def creer_une_seance(request: HttpRequest, espace: Espace) -> HttpResponse:
    exiger(peut_planifier(espace.place))
    exiger_l_etape(espace, Geste.PLANIFIER)
    accueils = [a for a in accueils_de(espace.campagne, espace.etablissement) if a.modalite != Modalite.INDIVIDUEL]
    jurys = list(Jury.objects.en_service().filter(etablissement=espace.etablissement))
    form = SeanceCollectiveForm(
        request.POST if request.method == "POST" else None,
        accueils=accueils,
        jurys=jurys,
        initial={"jour": lire_le_jour(request.GET.get("jour", "")), "accueil": request.GET.get("domaine", "")},
    )
    avertissements: list[str] = []
    if form.is_bound and form.is_valid():
        try:
            avertissements = _avertissements(espace, form)
            if avertissements == form.cleaned_data["lus"].split("|") or not avertissements:
                return redirect(_creer(request, espace, form))
        except PeriodeClose:
            raise
        except Refus as refus:
            form.add_error(None, str(refus))
    contexte = {
        "form": form,
        "avertissements": avertissements,
        "lus": "|".join(avertissements),
        "accueils": accueils,
        "salles": Salle.objects.filter(etablissement=espace.etablissement),
        "uai": espace.etablissement.segment,
    }
    return render(request, "entretiens/seance_creer.html", contexte)


@require_safe
@dans_l_accueil
def seance(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    exiger(peut_lire_le_planning(espace.place))
    creneau = _creneau(espace, code)
    etape = ce_qui_se_planifie(espace)
    a_envoyer = Entretien.objects.a_confirmer().filter(creneau=creneau).count()
    commence = creneau.periode.lower <= espace.le
    a_donner, tenue = places_a_donner(creneau, espace.le)
    contexte = {
        "creneau": creneau,
        "seance": creneau.seance,
        "inscrits": [_inscrit(occupant, espace) for occupant in creneau.occupants],
        "a_donner": a_donner,
        "tenue": tenue,
        "attendent": len(candidats_pour(espace, creneau)[0]) if a_donner else 0,
        "commence": commence,
        "a_envoyer": a_envoyer if not commence else 0,
        "peut_convoquer": peut_convoquer(espace.place) and espace.permet(Geste.CONVOQUER),
        "peut_noter": peut_saisir_les_presences(espace.place) and not espace.lecture_seule,
        "peut_emporter": peut_emporter_le_planning(espace.place),
        "jour": jour_de(creneau.periode.lower),
        "uai": espace.etablissement.segment,
    }
    return render(request, "entretiens/seance.html", etape | contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def inscrire_a_la_seance(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Les élèves du domaine qui peuvent venir, à cocher ; plusieurs à la fois, tout ou rien."""
    exiger(peut_planifier(espace.place))
    exiger_l_etape(espace, Geste.PLANIFIER)
    creneau = _creneau(espace, code)
    candidats, indisponibles = candidats_pour(espace, creneau)
    a_donner, tenue = places_a_donner(creneau, espace.le)
    choisis = _choisis(request, a_donner, candidats)
    erreur, raisons = "", {}
    if request.method == "POST":
        erreur, raisons = _inscrire(request, espace, creneau, choisis)
        if not erreur:
            return redirect(_adresse(espace, creneau.seance))
    contexte = {
        "creneau": creneau,
        "seance": creneau.seance,
        "lignes": [{"candidature": c, "coche": c in choisis, "raison": raisons.get(c.pk, "")} for c in candidats],
        "indisponibles": indisponibles,
        "erreur": erreur,
        "page_en_erreur": bool(erreur),
        "tous": min(len(candidats), a_donner),
        "a_donner": a_donner,
        "tenue": tenue,
        "uai": espace.etablissement.segment,
    }
    return render(request, "entretiens/seance_inscrire.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def emargement(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """La feuille d'émargement. La demander par le bouton la retient comme imprimée ; la relire n'écrit rien."""
    exiger(peut_emporter_le_planning(espace.place))
    creneau = _creneau(espace, code)
    if request.method == "POST":
        exiger(peut_saisir_les_presences(espace.place))
        _noter(request, espace, creneau.seance)
        return redirect(request.get_full_path())
    imprime = emargement_imprime(espace.etablissement, emargements([creneau]), jour_de(creneau.periode.lower))
    try:
        return donner(request, imprime)
    except RenduImpossible as panne:
        messages.error(request, str(panne))
        return redirect(_adresse(espace, creneau.seance))


def _avertissements(espace: Espace, form: SeanceCollectiveForm) -> list[str]:
    """Ce qu'il faut lire avant d'ouvrir. Lève `Refus` si le jury ou la salle est déjà pris."""
    apercu = services.preparer_une_serie(accueil=form.accueil_choisi, serie=form.serie(), le=espace.le)
    if apercu.collisions:
        raise Refus(" ".join(apercu.collisions))
    return list(apercu.avertissements)


def _creer(request: HttpRequest, espace: Espace, form: SeanceCollectiveForm) -> str:
    accueil = form.accueil_choisi
    [creee] = services.creer_la_serie(accueil=accueil, serie=form.serie(), par=request.user, le=espace.le)
    attente = accueil.en_attente
    qui = f"{attente} élèves attendent" if attente > 1 else "Un élève attend" if attente else "Aucun élève n’attend"
    messages.success(request, f"séance créée. {qui} une séance dans ce domaine.")
    return _adresse(espace, creee)


def _creneau(espace: Espace, code: str) -> Creneau:
    """Le créneau unique d'une séance collective de l'établissement, avec ses inscrits."""
    entretiens = Entretien.objects.en_vigueur().avec_eleve().order_by("candidature__eleve__cle")
    creneaux = (
        Creneau.objects.de_l_accueil(espace.campagne, espace.etablissement.pk)
        .filter(seance__modalite=Modalite.COLLECTIF)
        .select_related("seance__jury", "seance__accueil__domaine__campagne", "seance__accueil__etablissement")
        .prefetch_related(Prefetch("entretiens", queryset=entretiens, to_attr="occupants"))
    )
    return get_object_or_404(creneaux, seance__code=code)


def _inscrit(entretien: Entretien, espace: Espace) -> dict[str, Any]:
    candidature = entretien.candidature
    ou_en_est = situation(Etat(candidature.etat), fin_entretien=entretien.periode.upper, echeance=None, le=espace.le)
    return {"candidature": candidature, "presentation": presenter(ou_en_est, a_l_accueil=True)}


def _choisis(request: HttpRequest, a_donner: int, candidats: list[Candidature]) -> list[Candidature]:
    """Ceux qui sont cochés ; « Tout cocher », sans script, coche les plus anciens dans la limite des places."""
    if request.method == "POST":
        codes = set(request.POST.getlist("candidature"))
        return [candidat for candidat in candidats if candidat.code in codes]
    return candidats[:a_donner] if "tous" in request.GET else []


def _inscrire(
    request: HttpRequest, espace: Espace, creneau: Creneau, choisis: list[Candidature]
) -> tuple[str, dict[int, str]]:
    """Rend l'erreur et ses raisons, élève par élève ; rien si tous sont inscrits."""
    if not choisis:
        return "sélectionnez au moins un élève.", {}
    if raison := pourquoi_pas_autant(creneau.places_prises, len(choisis), creneau.capacite):
        return raison, {}
    try:
        places = services.placer_plusieurs(
            placements=[(candidature, creneau) for candidature in choisis], par=request.user, le=espace.le
        )
    except PeriodeClose:
        raise
    except services.PlacementsRefuses as refus:
        return (
            "certains élèves ne peuvent plus être inscrits\u00a0: les raisons sont écrites sur chaque ligne.",
            refus.raisons,
        )
    except Refus as refus:
        return str(refus), {}
    nombre, s = len(places), "s" if len(places) > 1 else ""
    messages.success(request, f"{nombre} élève{s} inscrit{s}. Les convocations restent à envoyer.")
    return "", {}


def _noter(request: HttpRequest, espace: Espace, seance: Seance) -> None:
    """Une campagne close laisse imprimer la feuille, sans rien retenir."""
    if espace.permet(Geste.SAISIR_LES_PRESENCES):
        services.noter_l_emargement(seance=seance, par=request.user, le=espace.le)


def _adresse(espace: Espace, seance: Seance) -> str:
    return reverse("entretiens:seance", args=[espace.etablissement.segment, seance.code])
