"""L'offre de l'établissement et ses consignes : ce qu'il dit, ce qui manque, sa confirmation (écran A15)."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from comptes.models import Trace
from entretiens import services
from entretiens.forms.offre import AccueilForm, ConsignesForm, PresentationForm
from entretiens.lectures import accueils_de
from entretiens.pdf import feuille_d_exemple
from entretiens.permissions import peut_lire_le_planning, peut_tenir_l_offre
from entretiens.views.outils import lire_le_nombre, manques_de
from referentiel.historique import page_d_historique
from referentiel.models import Accueil, Domaine, Offre
from referentiel.portes import Espace, dans_l_accueil, exiger, exiger_l_etape
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus

LIRE_ET_ENVOYER = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(slots=True)
class Rubrique:
    """Un domaine de l'offre : l'accueil si l'établissement y reçoit, les formations qu'il y propose."""

    domaine: Domaine
    accueil: Accueil | None = None
    offres: list[Offre] = field(default_factory=list)


@LIRE_ET_ENVOYER
@dans_l_accueil
def offre(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Tout ce que l'établissement propose, domaine par domaine ; l'envoi confirme l'offre de l'année."""
    exiger(peut_lire_le_planning(espace.place))
    if request.method == "POST":
        exiger(peut_tenir_l_offre(espace.place))
        return _confirmer(request, espace)
    rubriques = _rubriques(espace)
    accueils = [rubrique.accueil for rubrique in rubriques if rubrique.accueil]
    contexte = {
        "rubriques": rubriques,
        "manques": manques_de(accueils, espace),
        "a_confirmer": sum(accueil.verifie_le is None for accueil in accueils),
        "accueils": accueils,
        "annee": espace.campagne.annee,
        "academie": espace.place.academie,
        **_ce_qui_se_tient(espace),
    }
    return render(request, "entretiens/offre.html", contexte)


@LIRE_ET_ENVOYER
@dans_l_accueil
def accueil(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Un domaine : modalité si elle est à choisir, lieu, accès, contact."""
    exiger(peut_tenir_l_offre(espace.place))
    exiger_l_etape(espace, Geste.TENIR_L_OFFRE)
    ligne = get_object_or_404(accueils_de(espace.campagne, espace.etablissement), code=code)
    ligne.domaine.campagne = espace.campagne
    choisit = services.choisit_sa_modalite(ligne)
    saisie = request.POST if request.method == "POST" else None
    form = AccueilForm(saisie, instance=ligne, choisit=choisit)
    a_prevenir = 0
    if form.is_bound and form.is_valid():
        try:
            prevenus = services.tenir_l_accueil(
                accueil=ligne,
                tenue=form.tenue,
                d_accord_pour=lire_le_nombre(request.POST.get("d_accord_pour", "")),
                par=request.user,
                le=espace.le,
            )
        except PeriodeClose:
            raise
        except services.AnnonceAConfirmer as annonce:
            a_prevenir = annonce.nombre
        except Refus as refus:
            form.add_error("modalite" if "modalite" in form.changed_data else None, str(refus))
        else:
            messages.success(request, f"{ligne.domaine.nom} : offre enregistrée.{_dire_les_prevenus(prevenus)}")
            return redirect("entretiens:offre", uai=espace.etablissement.segment)
    contexte = {
        "form": form,
        "accueil": ligne,
        "choisit": choisit,
        "a_prevenir": a_prevenir,
        **page_d_historique(request, Trace.objects.de(ligne)),
        "uai": espace.etablissement.segment,
    }
    return render(request, "entretiens/offre_accueil.html", contexte)


@LIRE_ET_ENVOYER
@dans_l_accueil
def presentation(request: HttpRequest, espace: Espace, slug: str) -> HttpResponse:
    """Comment une formation hors Passpro se présente."""
    exiger(peut_tenir_l_offre(espace.place))
    exiger_l_etape(espace, Geste.TENIR_L_OFFRE)
    offres = _offres(espace).filter(hors_passpro=True)
    ligne = get_object_or_404(offres, formation__slug=slug)
    form = PresentationForm(request.POST if request.method == "POST" else None, instance=ligne)
    if form.is_bound and form.is_valid():
        try:
            services.presenter_l_offre(
                offre=ligne, presentation=form.cleaned_data["presentation"], par=request.user, le=espace.le
            )
        except PeriodeClose:
            raise
        except Refus as refus:
            form.add_error("presentation", str(refus))
        else:
            messages.success(request, f"{ligne.formation} : présentation enregistrée.")
            return redirect("entretiens:offre", uai=espace.etablissement.segment)
    contexte = {"form": form, "offre": ligne, "uai": espace.etablissement.segment}
    return render(request, "entretiens/offre_presentation.html", contexte)


@LIRE_ET_ENVOYER
@dans_l_accueil
def consignes(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Les consignes de chaque domaine, et l'aperçu d'une convocation avec ce qui vient d'être tapé."""
    exiger(peut_lire_le_planning(espace.place))
    exiger(peut_tenir_l_offre(espace.place) or request.method != "POST")
    accueils = list(accueils_de(espace.campagne, espace.etablissement))
    form = ConsignesForm(request.POST if request.method == "POST" else None, accueils=accueils)
    feuille, apercu = None, request.POST.get("apercu", "")
    if form.is_bound and form.is_valid():
        if apercu:
            feuille = _apercu(espace, form, apercu)
        elif _enregistrer_les_consignes(request, espace, form):
            return redirect("entretiens:consignes", uai=espace.etablissement.segment)
    contexte = {"form": form, "feuille": feuille, "accueils": accueils, **_ce_qui_se_tient(espace)}
    return render(request, "entretiens/consignes.html", contexte)


def _ce_qui_se_tient(espace: Espace) -> dict[str, Any]:
    etape = espace.ouverture.du(Geste.TENIR_L_OFFRE)
    permis = peut_tenir_l_offre(espace.place) and not espace.lecture_seule
    return {"tient": permis and etape.ouverte, "etape": etape, "uai": espace.etablissement.segment}


def _offres(espace: Espace):
    offres = Offre.objects.filter(formation__domaine__campagne=espace.campagne, etablissement=espace.etablissement)
    return offres.select_related("formation__domaine__campagne").order_by("formation__type", "formation__cle", "pk")


def _rubriques(espace: Espace) -> list[Rubrique]:
    """Domaines de l'offre, ceux où l'établissement reçoit d'abord."""
    accueils = list(accueils_de(espace.campagne, espace.etablissement))
    rubriques = {accueil.domaine_id: Rubrique(accueil.domaine, accueil) for accueil in accueils}
    for ligne in _offres(espace):
        domaine = ligne.formation.domaine
        rubriques.setdefault(domaine.pk, Rubrique(domaine)).offres.append(ligne)
    return sorted(
        rubriques.values(), key=lambda rubrique: (rubrique.accueil is None, cle_de_recherche(rubrique.domaine.nom))
    )


def _confirmer(request: HttpRequest, espace: Espace) -> HttpResponse:
    try:
        services.confirmer_l_offre(
            etablissement=espace.etablissement, campagne=espace.campagne, par=request.user, le=espace.le
        )
    except PeriodeClose:
        raise
    except Refus as refus:
        messages.error(request, str(refus))
    else:
        messages.success(request, f"Offre {espace.campagne.annee} confirmée.")
    return redirect("entretiens:offre", uai=espace.etablissement.segment)


def _apercu(espace: Espace, form: ConsignesForm, code: str):
    if code not in form.accueils:
        raise Http404
    ligne = form.accueils[code]
    return feuille_d_exemple(ligne, espace.campagne, consignes=form.textes[ligne].strip())


def _enregistrer_les_consignes(request: HttpRequest, espace: Espace, form: ConsignesForm) -> bool:
    for ligne in form.accueils.values():
        ligne.domaine.campagne = espace.campagne
    try:
        nombre = services.ecrire_les_consignes(accueils=form.changes, par=request.user, le=espace.le)
    except PeriodeClose:
        raise
    except Refus as refus:
        form.add_error(None, str(refus))
        return False
    messages.success(request, _dire_les_consignes(nombre))
    return True


def _dire_les_consignes(nombre: int) -> str:
    if not nombre:
        return "Consignes enregistrées : aucun texte n’a changé."
    return "Consignes enregistrées. Elles figureront sur les prochaines convocations."


def _dire_les_prevenus(nombre: int) -> str:
    if not nombre:
        return ""
    return f" {nombre} convocation{'s modifiées partent' if nombre > 1 else ' modifiée part'} avec le nouveau lieu."
