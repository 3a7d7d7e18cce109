"""Les fiches récapitulatives, du côté de l'établissement d'origine (écrans O14 et O15)."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from avis.forms.filtres import FiltreDesFichesForm
from avis.lectures import FicheDeLEleve, fiche_de
from avis.models import Fiche
from avis.pdf import fiche_imprimee
from avis.permissions import peut_lire_les_fiches, peut_remettre_les_fiches, peut_suivre_affelnet
from avis.presentation import ETIQUETTES_DE_FICHE, EtatDeFiche
from avis.remises import a_ranger, compter_les_fiches, de_cet_etat, eleves_avec_un_retour, lignes
from avis.services import marquer_comme_remises
from avis.suites import formations_a_suivre
from avis.views.affelnet import enregistrer, suites_de_l_eleve
from avis.views.lots import demander_la_selection
from candidatures.models import Eleve
from candidatures.views.communes import eleve_de
from courriers.comptoir import donner
from courriers.pdf import RenduImpossible
from referentiel.listes import etat_voulu, etiquettes, filtres_poses, paginer
from referentiel.portes import Espace, dans_l_origine, dossier_lu, exiger
from referentiel.rules.jeu import Affichage
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus

ACTIONS = [
    {"valeur": "preparer", "libelle": "Préparer les fiches de la sélection"},
    {"valeur": "remettre", "libelle": "Marquer comme remises"},
]


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_origine
def fiches(request: HttpRequest, espace: Espace) -> HttpResponse:
    """O14 : les élèves dont un domaine au moins est rendu."""
    exiger(peut_lire_les_fiches(espace.place))
    rendus = eleves_avec_un_retour(espace.campagne, espace.etablissement.pk, espace.le)
    if request.method == "POST":
        return _remettre_la_selection(request, espace, rendus)
    classes = list(rendus.order_by("classe").values_list("classe", flat=True).distinct())
    filtre = FiltreDesFichesForm(request.GET, classes=classes)
    cherches = _chercher(filtre, rendus)
    comptes = compter_les_fiches(cherches)
    etat = etat_voulu(request, EtatDeFiche)
    total = comptes[etat.name.lower()] if etat else comptes["total"]
    page, pagination = paginer(request, a_ranger(de_cet_etat(cherches, etat)), total)
    uai = espace.etablissement.segment
    contexte = {
        "lignes": lignes(page, uai),
        "total": total,
        "uai": uai,
        "avec_bonus": espace.campagne.regles.affichage == Affichage.AVEC_BONUS,
        "etiquettes": etiquettes(request, etat, _comptees(comptes)),
        "filtre": filtre,
        "actifs": filtres_poses(request, ((nom, request.GET.get(nom, "").strip()) for nom in ("q", "classe"))),
        "actions": ACTIONS,
        "a_preparer": comptes["a_remettre"] + comptes["nouveau"],
        "peut_preparer": espace.peut_demander,
        "peut_remettre": peut_remettre_les_fiches(espace.place) and espace.permet(Geste.REMETTRE_LES_FICHES),
        "visibles_des": espace.campagne.avis_d_accueil_visibles_des,
        "visibles": espace.campagne.montre_les_avis_d_accueil(espace.le),
        "pagination": pagination,
    }
    return render(request, "avis/fiches.html", contexte)


@require_safe
@dans_l_origine
def fiche(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """O15 : la fiche en page, avec le même texte que le document."""
    exiger(peut_lire_les_fiches(espace.place))
    eleve = eleve_de(espace, code)
    dossier_lu(request, eleve)
    contenu = fiche_de(espace.campagne, eleve, espace.le)
    contexte = {
        "fiche": contenu,
        "eleve": eleve,
        "campagne": espace.campagne,
        "remises": _remises(eleve, contenu),
        "uai": espace.etablissement.segment,
        "suivant": _eleve_suivant(espace, eleve),
        "peut_remettre": peut_remettre_les_fiches(espace.place) and espace.permet(Geste.REMETTRE_LES_FICHES),
        "suites": suites_de_l_eleve(espace, eleve),
        "peut_suivre": peut_suivre_affelnet(espace.place) and espace.permet(Geste.NOTER_LES_VOEUX),
        "etape_des_voeux": espace.ouverture.du(Geste.NOTER_LES_VOEUX),
    }
    return render(request, "avis/fiche.html", contexte)


@require_safe
@dans_l_origine
def fiche_pdf(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Le document de la version en vigueur, qui porte son code (R32) ; le lire n'écrit que qui l'a lu (R40, T10)."""
    exiger(peut_lire_les_fiches(espace.place))
    eleve = eleve_de(espace, code)
    dossier_lu(request, eleve)
    contenu = fiche_de(espace.campagne, eleve, espace.le)
    if not contenu.sections:
        messages.error(request, "cet élève n’a pas de candidature : il n’y a pas de fiche à préparer.")
        return _vers_la_fiche(espace, eleve)
    imprime = fiche_imprimee(contenu, espace.campagne, espace.le, numerotee=not _est_repetee(request))
    try:
        return donner(request, imprime, dans_la_page=True)
    except RenduImpossible as panne:
        messages.error(request, str(panne))
        return _vers_la_fiche(espace, eleve)


def _est_repetee(request: HttpRequest) -> bool:
    """Vrai si la page montre un autre jour que celui-ci."""
    return request.detour is not None and request.detour.jour is not None


def _remises(eleve: Eleve, contenu: FicheDeLEleve) -> dict[str, Any]:
    """Quand la version en vigueur a été remise, et celles d'avant, la plus récente d'abord."""
    fiches = list(Fiche.objects.filter(eleve=eleve).select_related("eleve"))
    return {
        "de_celle_ci": next((fiche for fiche in fiches if fiche.empreinte == contenu.empreinte), None),
        "d_avant": [fiche for fiche in fiches if fiche.empreinte != contenu.empreinte],
    }


@require_POST
@dans_l_origine
def remettre(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """« Marquer comme remise »."""
    exiger(peut_remettre_les_fiches(espace.place))
    eleve = eleve_de(espace, code)
    _marquer(request, espace, [eleve])
    return _vers_la_fiche(espace, eleve)


@require_POST
@dans_l_origine
def suites(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Confirmation de la famille et saisie du vœu, formation par formation (R33)."""
    exiger(peut_suivre_affelnet(espace.place))
    eleve = eleve_de(espace, code)
    suivies = formations_a_suivre(espace.campagne, espace.etablissement.pk, espace.le)
    refusees = enregistrer(request, espace, suivies.filter(candidature__eleve=eleve))
    for refusee in refusees.values():
        messages.error(request, refusee["refus"])
    return _vers_la_fiche(espace, eleve)


def _remettre_la_selection(request: HttpRequest, espace: Espace, rendus: QuerySet[Eleve]) -> HttpResponse:
    exiger(peut_remettre_les_fiches(espace.place))
    choisis = rendus.filter(code__in=filter(str.isalnum, request.POST.getlist("eleve"))).select_related("etablissement")
    match request.POST.get("action"):
        case "remettre":
            _marquer(request, espace, list(choisis))
        case "preparer":
            exiger(espace.peut_demander)
            return demander_la_selection(request, espace, choisis)
        case _:
            messages.error(request, "choisissez une action.")
    return redirect(request.get_full_path())


def _marquer(request: HttpRequest, espace: Espace, eleves: list[Eleve]) -> None:
    try:
        nombre = marquer_comme_remises(campagne=espace.campagne, eleves=eleves, par=request.user, le=espace.le)
    except PeriodeClose:
        raise
    except Refus as refus:
        messages.error(request, str(refus))
    else:
        s = "s" if nombre > 1 else ""
        messages.success(
            request, f"{nombre} fiche{s} marquée{s} comme remise{s}." if nombre else "fiche déjà marquée comme remise."
        )


def _eleve_suivant(espace: Espace, eleve: Eleve) -> str:
    """Code de l'élève qui suit dans la liste des fiches."""
    rendus = eleves_avec_un_retour(espace.campagne, espace.etablissement.pk, espace.le)
    suivants = rendus.filter(classe=eleve.classe, cle__gt=eleve.cle) | rendus.filter(classe__gt=eleve.classe)
    return suivants.order_by("classe", "cle", "pk").values_list("code", flat=True).first() or ""


def _vers_la_fiche(espace: Espace, eleve: Eleve) -> HttpResponse:
    return redirect("avis:fiche", uai=espace.etablissement.segment, code=eleve.code)


def _chercher(filtre: FiltreDesFichesForm, eleves: QuerySet[Eleve]) -> QuerySet[Eleve]:
    """Élèves qui répondent au filtre ; une valeur qui n'en est pas une ne filtre rien."""
    filtre.is_valid()
    cherches = eleves.cherche(filtre.cleaned_data.get("q", ""))
    classe = filtre.cleaned_data.get("classe")
    return cherches.filter(classe=classe) if classe else cherches


def _comptees(comptes: dict[str, int]) -> list[tuple[EtatDeFiche | None, str, int]]:
    etats = [(etat, libelle, comptes[etat.name.lower()]) for etat, libelle in ETIQUETTES_DE_FICHE.items()]
    return [(None, "Toutes", comptes["total"]), *etats]
