"""Regarder une proposition, l'ajuster, la recalculer, la confirmer sans envoyer (écran A7, page 2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from entretiens import services
from entretiens.lectures import occupations
from entretiens.models import Creneau, LigneDeProposition, Proposition
from entretiens.permissions import peut_planifier
from entretiens.rules.ajustements import AUTRE, PLUS_TARD, resoudre_les_echanges
from entretiens.tenues import dire_qui_prepare
from entretiens.views.outils import lire_la_cle
from entretiens.views.propositions.fin import adresse, montrer_la_fin, trouver
from entretiens.views.propositions.lignes import Tableau
from referentiel.portes import Espace, dans_l_accueil, exiger, exiger_l_etape
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus

# Chaque ligne tient deux champs : au-delà de mille, Django refuse le formulaire.
LIGNES_PAR_PAGE = 200
ECHANGE_IMPOSSIBLE = "L’échange ne se peut pas : le créneau de l’autre élève est aussi changé."


@dataclass(slots=True)
class Saisie:
    """Ce qui vient d'être choisi dans les listes, par code de candidature, tel quel ; rien si la page s'ouvre."""

    choisis: dict[str, str] = field(default_factory=dict)
    version: int = 0
    finaux: dict[str, str] = field(default_factory=dict)
    impossibles: set[str] = field(default_factory=set)

    @property
    def autre(self) -> str | None:
        """La première ligne dont on demande tous les créneaux."""
        return next((code for code, voulu in self.choisis.items() if voulu == AUTRE), None)


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def proposition(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    exiger(peut_planifier(espace.place))
    exiger_l_etape(espace, Geste.PLANIFIER)
    objet = trouver(espace, code)
    if not objet.est_preparee:
        return montrer_la_fin(request, espace, objet)
    lignes = services.lignes_de(objet)
    if request.method != "POST":
        return _montrer(request, espace, objet, lignes, Saisie(version=objet.version))
    saisie = _lire(request, lignes)
    try:
        return _agir(request, espace, objet, lignes, saisie)
    except PeriodeClose:
        raise
    except services.PropositionFinie as fin:
        return montrer_la_fin(request, espace, fin.proposition)
    except services.PropositionModifiee as refus:
        saisie.version = refus.proposition.version
        messages.error(request, str(refus))
        return _montrer(request, espace, refus.proposition, services.lignes_de(objet), saisie, {})
    except services.AjustementsRefuses as refus:
        return _montrer(request, espace, objet, services.lignes_de(objet), saisie, refus.raisons, refus.phrases)


def _lire(request: HttpRequest, lignes: Sequence[LigneDeProposition]) -> Saisie:
    actuels = {ligne.candidature.code: ligne.creneau.code if ligne.creneau else PLUS_TARD for ligne in lignes}
    choisis = {code: _choisi(request, code, actuel) for code, actuel in actuels.items()}
    finaux, impossibles = resoudre_les_echanges(actuels, choisis)
    if autre := request.POST.get("autre"):
        choisis = choisis | ({autre: AUTRE} if autre in choisis else {})
    return Saisie(choisis, lire_la_cle(request.POST.get("version", "")), finaux, impossibles)


def _choisi(request: HttpRequest, code: str, actuel: str) -> str:
    """Ce qui est choisi d'une ligne ; une ligne laissée comme la page la montrait suit la proposition (R42)."""
    voulu = request.POST.get(f"creneau_{code}", actuel)
    return actuel if voulu == request.POST.get(f"vu_{code}") else voulu


def _agir(
    request: HttpRequest,
    espace: Espace,
    objet: Proposition,
    lignes: Sequence[LigneDeProposition],
    saisie: Saisie,
) -> HttpResponse:
    geste = request.POST.get("geste", "")
    if geste == "abandonner":
        return redirect("entretiens:abandonner_la_proposition", uai=espace.etablissement.segment, code=objet.code)
    choix, raisons = _choix(espace, lignes, saisie)
    if raisons:
        raise services.AjustementsRefuses(
            raisons, {ligne.candidature_id: str(ligne.candidature.eleve) for ligne in lignes}
        )
    commun = {"proposition": objet, "choix": choix, "version": saisie.version, "par": request.user, "le": espace.le}
    if geste in {"recalculer", "corriger"}:
        services.recalculer_la_proposition(**commun, en_entier=geste == "recalculer")
        messages.success(request, "Proposition recalculée. Vos choix à la main sont gardés.")
        return redirect(adresse(espace, objet))
    ajustee = services.ajuster_la_proposition(**commun)
    if saisie.autre:
        return redirect(
            "entretiens:proposition_creneau",
            uai=espace.etablissement.segment,
            code=objet.code,
            candidature=saisie.autre,
        )
    if geste == "enregistrer":
        return _enregistrer(request, espace, ajustee)
    if geste == "verifier":
        return redirect("entretiens:proposition_envoi", uai=espace.etablissement.segment, code=objet.code)
    vers = lire_la_cle(request.POST.get("vers", ""))
    return redirect(adresse(espace, objet) + (f"?page={vers}" if vers else ""))


def _choix(
    espace: Espace, lignes: Sequence[LigneDeProposition], saisie: Saisie
) -> tuple[dict[int, Creneau | None], dict[int, str]]:
    """Créneau voulu de chaque candidature, et ce qui n'en est pas un."""
    codes = set(saisie.finaux.values()) - {PLUS_TARD}
    creneaux = Creneau.objects.de_l_accueil(espace.campagne, espace.etablissement.pk)
    par_code = {
        creneau.code: creneau
        for creneau in creneaux.filter(code__in=codes).select_related("seance__jury", "seance__accueil")
    }
    choix: dict[int, Creneau | None] = {}
    raisons: dict[int, str] = {}
    for ligne in lignes:
        code = saisie.finaux[ligne.candidature.code]
        if ligne.candidature.code in saisie.impossibles:
            raisons[ligne.candidature_id] = ECHANGE_IMPOSSIBLE
        elif code != PLUS_TARD and code not in par_code:
            raisons[ligne.candidature_id] = "Ce créneau n’existe plus. Choisissez-en un autre."
        choix[ligne.candidature_id] = par_code.get(code)
    return choix, raisons


def _enregistrer(request: HttpRequest, espace: Espace, objet: Proposition) -> HttpResponse:
    """Confirme sans envoyer : les convocations restent à envoyer."""
    try:
        finie = services.confirmer_la_proposition(
            proposition=objet, version=objet.version, envoyer=False, par=request.user, le=espace.le
        )
    except (PeriodeClose, services.PropositionFinie):
        raise
    except Refus as refus:
        messages.error(request, f"{refus} Rien n’est enregistré.")
        return redirect(adresse(espace, objet))
    s = "s" if finie.planifies > 1 else ""
    messages.success(request, f"{finie.planifies} entretien{s} planifié{s}. Les convocations restent à envoyer.")
    return redirect("entretiens:planning", uai=espace.etablissement.segment)


def _montrer(
    request: HttpRequest,
    espace: Espace,
    objet: Proposition,
    lignes: Sequence[LigneDeProposition],
    saisie: Saisie,
    defauts: Mapping[int, str] | None = None,
    phrases: Sequence[str] = (),
) -> HttpResponse:
    """Une page de lignes ; `defauts`, si rien ne les a encore cherchés, le sont ici."""
    prises = occupations({ligne.candidature.eleve_id for ligne in lignes})
    if defauts is None:
        defauts = services.defauts_des_lignes(objet, lignes, le=espace.le, prises=prises)
    tableau = Tableau(espace, objet, lignes, prises)
    page = Paginator(tableau.lignes, LIGNES_PAR_PAGE).get_page(request.GET.get("page"))
    jours, sans_creneau = tableau.montrer(page.object_list, saisie.choisis, defauts)
    domaines = sorted({ligne.candidature.domaine.nom for ligne in lignes}, key=cle_de_recherche)
    contexte = {
        "proposition": objet,
        "version": saisie.version,
        "titre": f"Proposition de planning – {domaines[0]}" if len(domaines) == 1 else "Proposition de planning",
        "plusieurs_domaines": len(domaines) > 1,
        "page": page,
        "jours": jours,
        "sans_creneau": sans_creneau,
        "places": sum(ligne.creneau is not None for ligne in lignes),
        "sans_place": sum(ligne.creneau is None for ligne in lignes),
        "libres": tableau.places_libres,
        "defauts": phrases or tableau.dire(defauts),
        "page_en_erreur": bool(defauts),
        "premiere": tableau.premiere(page.object_list, defauts),
        "collegue": "" if objet.par == request.user else dire_qui_prepare(objet, espace.le),
        "tenue": objet.est_tenue(espace.le),
        "uai": espace.etablissement.segment,
    }
    return render(request, "entretiens/propositions/proposition.html", contexte)
