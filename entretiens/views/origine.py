"""Les convocations de l'établissement d'origine : lire, imprimer, remettre (écrans O12 et O13)."""

from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from candidatures.permissions import peut_inscrire
from candidatures.rules import Etat
from courriers.comptoir import donner
from courriers.pdf import RenduImpossible
from courriers.pieces import telecharger
from entretiens import services
from entretiens.agenda import agenda_de
from entretiens.forms import FiltreDesConvocations
from entretiens.lots import NATURE
from entretiens.models import Convocation
from entretiens.pdf import convocations_imprimees, feuille_de
from entretiens.permissions import peut_lire_les_convocations, peut_remettre_les_convocations
from entretiens.rules.etats import EtatEntretien, NatureConvocation
from entretiens.views.outils import convocations_parties
from referentiel.listes import etiquettes, paginer
from referentiel.portes import Espace, dans_l_origine, dossier_lu, exiger, exiger_l_etape
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus
from referentiel.services.travaux import demander_un_travail

IMPRIMEES_AUSSITOT = 20
REMISES_AU_PLUS = 500
ANNULEE = Q(nature=NatureConvocation.ANNULATION)
ETATS: dict[str, tuple[str, Q]] = {
    "": ("Toutes", Q()),
    "a-remettre": ("À remettre", Q(remise_le__isnull=True, entretien__etat=EtatEntretien.PREVU) & ~ANNULEE),
    "remises": ("Remises", Q(remise_le__isnull=False) & ~ANNULEE),
    "modifiees": ("Modifiées", Q(nature=NatureConvocation.MODIFICATION)),
    "annulees": ("Annulées", ANNULEE),
}


@require_safe
@dans_l_origine
def convocations(request: HttpRequest, espace: Espace) -> HttpResponse:
    exiger(peut_lire_les_convocations(espace.place))
    toutes = _convocations(espace)
    classes = toutes.order_by().values_list("entretien__candidature__eleve__classe", flat=True).distinct()
    filtre = FiltreDesConvocations(request.GET, classes=sorted(classes))
    classe = filtre.cleaned_data["classe"] if filtre.is_valid() else ""
    gardees = toutes.filter(entretien__candidature__eleve__classe=classe) if classe else toutes
    nombres = gardees.aggregate(**{nom or "toutes": Count("pk", filter=q) for nom, (_, q) in ETATS.items()})
    etat = request.GET.get("etat", "")
    etat = etat if etat in ETATS else ""
    lignes = gardees.filter(ETATS[etat][1]).select_related(
        "entretien__candidature__eleve", "entretien__candidature__domaine", "envoi__etablissement"
    )
    triees = lignes.order_by("periode", "entretien__candidature__eleve__cle")
    page, pagination = paginer(request, triees, nombres[etat or "toutes"], en_entier=False)
    contexte = {
        "page": page,
        "filtre": filtre,
        "classe": classe,
        "etat": etat,
        "etats": etiquettes(request, etat, [(nom, ETATS[nom][0], nombres[nom or "toutes"]) for nom in ETATS]),
        "a_remettre": nombres["a-remettre"],
        "a_remettre_url": "?" + urlencode({"a_remettre": 1} | ({"classe": classe} if classe else {})),
        "peut_remettre": _peut_remettre(espace),
        "uai": espace.etablissement.segment,
        "pagination": pagination,
    }
    return render(request, "entretiens/convocations.html", contexte)


@require_safe
@dans_l_origine
def convocation(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """La convocation telle qu'elle est imprimée, et ce qu'on en fait."""
    exiger(peut_lire_les_convocations(espace.place))
    ligne = get_object_or_404(convocations_parties(espace).avec_document(), code=code)
    dossier_lu(request, ligne.entretien.candidature.eleve)
    contexte = {
        "convocation": ligne,
        "feuille": feuille_de(ligne),
        "actuelle": _convocations(espace).filter(entretien=ligne.entretien).exclude(pk=ligne.pk).first(),
        "eleve": ligne.entretien.candidature.eleve,
        "peut_remettre": _peut_remettre(espace),
        "peut_demander": _peut_demander_un_creneau(espace, ligne),
        "uai": espace.etablissement.segment,
    }
    return render(request, "entretiens/convocation.html", contexte)


def _peut_demander_un_creneau(espace: Espace, convocation: Convocation) -> bool:
    """Vrai si l'entretien annoncé est encore à venir, et que la personne inscrit les élèves (écran O13)."""
    a_venir = convocation.periode.lower > espace.le and convocation.entretien.candidature.etat == Etat.CONVOQUEE
    return a_venir and peut_inscrire(espace.place) and espace.permet(Geste.DESISTER)


@require_safe
@dans_l_origine
def convocation_pdf(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    exiger(peut_lire_les_convocations(espace.place))
    ligne = get_object_or_404(convocations_parties(espace).avec_document(), code=code)
    dossier_lu(request, ligne.entretien.candidature.eleve)
    return _pdf(request, espace, [ligne])


@require_safe
@dans_l_origine
def convocation_ics(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    exiger(peut_lire_les_convocations(espace.place))
    ligne = get_object_or_404(convocations_parties(espace).avec_document(), code=code)
    dossier_lu(request, ligne.entretien.candidature.eleve)
    return telecharger(agenda_de(ligne))


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_origine
def imprimer(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Un seul PDF des convocations choisies, ou de toutes celles à remettre, par classe puis par nom.

    Quelques pages se donnent aussitôt ; davantage se demande à l'atelier, d'un second accord.
    """
    exiger(peut_lire_les_convocations(espace.place))
    if request.method == "POST":
        return _demander_a_l_atelier(request, espace)
    nombre = _choisies(request.GET, espace).count()
    if not nombre:
        messages.error(request, "Sélectionnez au moins un élève.")
        return redirect("entretiens:convocations", uai=espace.etablissement.segment)
    if nombre > IMPRIMEES_AUSSITOT:
        codes = _choisies(request.GET, espace).values_list("code", flat=True)
        contexte = {"nombre": nombre, "codes": codes, "uai": espace.etablissement.segment}
        return render(request, "entretiens/imprimer.html", contexte | {"peut_demander": espace.peut_demander})
    return _pdf(request, espace, list(_choisies(request.GET, espace).avec_document()))


def _demander_a_l_atelier(request: HttpRequest, espace: Espace) -> HttpResponse:
    exiger(espace.peut_demander)
    codes = list(_choisies(request.POST, espace).values_list("code", flat=True))
    try:
        travail = demander_un_travail(
            nature=NATURE,
            titre=f"{len(codes)} convocation{'s' if len(codes) > 1 else ''}",
            demande={
                "convocations": codes,
                "retour": reverse("entretiens:convocations", args=[espace.etablissement.segment]),
            },
            total=len(codes),
            campagne=espace.campagne,
            etablissement=espace.etablissement,
            cote=str(espace.cote),
            par=request.user,
            le=espace.le,
        )
    except Refus as refus:
        messages.error(request, str(refus))
        return redirect("entretiens:convocations", uai=espace.etablissement.segment)
    return redirect("referentiel:travail", code=travail.code)


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_origine
def remises(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Marquer des convocations comme remises ; la page demande d'abord si elles l'ont été."""
    exiger(peut_remettre_les_convocations(espace.place))
    exiger_l_etape(espace, Geste.REMETTRE_LES_CONVOCATIONS)
    parametres = request.POST if request.method == "POST" else request.GET
    eleves = _choisies(parametres, espace).select_related(
        "entretien__candidature__eleve", "entretien__candidature__domaine"
    )
    choisies = list(eleves[:REMISES_AU_PLUS])
    if request.method != "POST":
        contexte = {"convocations": choisies, "uai": espace.etablissement.segment}
        return render(request, "entretiens/remises.html", contexte)
    try:
        nombre = services.marquer_remises(
            etablissement=espace.etablissement,
            campagne=espace.campagne,
            convocations=choisies,
            par=request.user,
            le=espace.le,
        )
    except PeriodeClose:
        raise
    except Refus as refus:
        messages.error(request, str(refus))
    else:
        s = "s" if nombre > 1 else ""
        messages.success(request, f"{nombre or 'Aucune'} convocation{s} marquée{s} comme remise{s}.")
    return redirect("entretiens:convocations", uai=espace.etablissement.segment)


def _peut_remettre(espace: Espace) -> bool:
    return peut_remettre_les_convocations(espace.place) and espace.permet(Geste.REMETTRE_LES_CONVOCATIONS)


def _convocations(espace: Espace) -> QuerySet[Convocation]:
    """Dernières versions annoncées des élèves de l'établissement, une fois parties."""
    return convocations_parties(espace).en_vigueur()


def _choisies(parametres: QueryDict, espace: Espace) -> QuerySet[Convocation]:
    """Celles qui sont nommées, ou celles à remettre, par classe puis par nom."""
    ordre = ("entretien__candidature__eleve__classe", "entretien__candidature__eleve__cle", "periode")
    if "a_remettre" in parametres:
        a_remettre = _convocations(espace).filter(ETATS["a-remettre"][1]).order_by(*ordre)
        classe = parametres.get("classe")
        return a_remettre.filter(entretien__candidature__eleve__classe=classe) if classe else a_remettre
    return convocations_parties(espace).filter(code__in=parametres.getlist("convocation")).order_by(*ordre)


def _pdf(request: HttpRequest, espace: Espace, lignes: list[Convocation]) -> HttpResponse:
    try:
        return donner(request, convocations_imprimees(lignes))
    except RenduImpossible as defaut:
        messages.error(request, str(defaut))
        return redirect("entretiens:convocations", uai=espace.etablissement.segment)
