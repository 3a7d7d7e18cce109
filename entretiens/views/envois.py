"""Vérifier, envoyer, rappeler et renvoyer les convocations (écrans A7 page 3 et A14)."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courriers.models import Courriel
from courriers.rules import EtatCourriel
from entretiens import services
from entretiens.distribution import sans_adresse
from entretiens.forms.propositions import DepartForm
from entretiens.models import Convocation, Entretien, Envoi
from entretiens.permissions import peut_convoquer, peut_lire_le_planning
from entretiens.rules.etats import EtatEntretien
from entretiens.services.convocations import destinations_manquantes
from entretiens.views.destinataires import destinataires
from entretiens.views.outils import lire_la_cle
from entretiens.views.verification import ce_qui_partira, dire_le_depart
from referentiel.listes import paginer
from referentiel.portes import Espace, dans_l_accueil, exiger, exiger_l_etape
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus

AU_PLUS = 500


@require_safe
@dans_l_accueil
def envois(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Les envois de l'établissement, et ce qui reste à envoyer."""
    exiger(peut_lire_le_planning(espace.place))
    a_envoyer = _a_confirmer(espace)
    seule = sans_adresse(Convocation.objects.filter(pk=OuterRef("convocations")), espace.le)
    echecs = Q(convocations__courriels__etat=EtatCourriel.ABANDONNE)
    lignes = (
        Envoi.objects.filter(campagne=espace.campagne, etablissement=espace.etablissement)
        .annotate(
            nombre=Count("convocations", distinct=True),
            origines=Count("convocations__entretien__candidature__eleve__etablissement", distinct=True),
            echecs=Count("convocations__courriels", filter=echecs, distinct=True),
            nature=Max("convocations__nature"),
            sans=Count("convocations", filter=Exists(seule), distinct=True),
        )
        .select_related("par")
        .order_by("-le", "-pk")
    )
    page, pagination = paginer(request, lignes)
    contexte = {
        "a_envoyer": a_envoyer.filter(periode__startswith__gt=espace.le).count(),
        "page": page,
        "le": espace.le,
        **_ce_qui_s_envoie(espace),
        "uai": espace.etablissement.segment,
        "pagination": pagination,
    }
    return render(request, "entretiens/envois.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def verifier_l_envoi(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Ce qui partira, à qui, avec l'aperçu d'une convocation ; puis l'envoi. `?seance=` n'en prend qu'une séance."""
    exiger(peut_convoquer(espace.place))
    exiger_l_etape(espace, Geste.CONVOQUER)
    tous = _a_confirmer(espace).filter(periode__startswith__gt=espace.le).order_by("periode", "pk")
    seance = request.GET.get("seance", "")
    prets = list((tous.filter(creneau__seance__code=seance) if seance else tous)[:AU_PLUS])
    form = DepartForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and (reponse := _envoyer(request, espace, prets, form)):
        return reponse
    if not prets:
        messages.info(request, "Aucune convocation à envoyer.")
        return redirect("entretiens:envois", uai=espace.etablissement.segment)
    contexte = {
        **ce_qui_partira(espace, prets),
        "form": form,
        "codes": " ".join(e.code for e in prets),
        "autres": tous.exclude(creneau__seance__code=seance).count() if seance else 0,
        "uai": espace.etablissement.segment,
    }
    return render(request, "entretiens/envoi_verification.html", contexte)


@require_safe
@dans_l_accueil
def envoi(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Un envoi, destinataire par destinataire."""
    exiger(peut_lire_le_planning(espace.place))
    ligne = get_object_or_404(_envois(espace), code=code)
    convocations = list(Convocation.objects.filter(envoi=ligne).avec_document())
    attendues = _attendues(convocations, espace)
    courriels = Courriel.objects.filter(convocations__envoi=ligne).distinct().order_by("uai", "pk")
    if not ligne.rappele_le:
        courriels = courriels.exclude(etat=EtatCourriel.RAPPELE)
    montres = destinataires(courriels, convocations)
    portees = {c.pk for destinataire in montres for c in destinataire.convocations}
    contexte = {
        "envoi": ligne,
        "nombre": len(convocations),
        "origines": len({c.entretien.candidature.eleve.etablissement_id for c in convocations}),
        "destinataires": montres,
        "echecs": sum(destinataire.en_echec for destinataire in montres),
        "sans_adresse": [c for c in attendues if c.pk not in portees and not c.est_annulee],
        "a_completer": len(destinations_manquantes(attendues)),
        "rappelable": _est_rappelable(espace, ligne, convocations),
        **_ce_qui_s_envoie(espace),
        "academie": espace.place.academie,
        "uai": espace.etablissement.segment,
    }
    return render(request, "entretiens/envoi.html", contexte)


@require_POST
@dans_l_accueil
def rappeler(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    exiger(peut_convoquer(espace.place))
    ligne = _envoi(espace, code)
    try:
        services.rappeler_l_envoi(envoi=ligne, par=request.user, le=espace.le)
    except PeriodeClose:
        raise
    except Refus as refus:
        messages.error(request, str(refus))
    else:
        messages.success(request, "Envoi annulé : aucun courriel ne part, les créneaux restent réservés.")
    return redirect("entretiens:envoi", uai=espace.etablissement.segment, code=code)


@require_POST
@dans_l_accueil
def renvoyer(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Remet en file un courriel non distribué, ou poste ceux qui manquaient d'adresse."""
    exiger(peut_convoquer(espace.place))
    ligne = _envoi(espace, code)
    try:
        if cle := request.POST.get("courriel", ""):
            courriels = Courriel.objects.filter(convocations__envoi=ligne).distinct()
            courriel = get_object_or_404(courriels, pk=lire_la_cle(cle))
            services.renvoyer_le_courriel(
                envoi=ligne,
                courriel=courriel,
                destinataire=request.POST.get("destinataire", ""),
                par=request.user,
                le=espace.le,
            )
            messages.success(request, "Convocation renvoyée.")
        else:
            nombre = services.completer_l_envoi(envoi=ligne, par=request.user, le=espace.le)
            messages.success(request, f"{nombre} courriel{'s' if nombre > 1 else ''} de plus à envoyer.")
    except PeriodeClose:
        raise
    except Refus as refus:
        messages.error(request, str(refus))
    return redirect("entretiens:envoi", uai=espace.etablissement.segment, code=code)


@require_POST
@dans_l_accueil
def demander_la_correction(request: HttpRequest, espace: Espace, code: str, cle: int) -> HttpResponse:
    """Écrit à qui peut corriger l'adresse refusée."""
    exiger(peut_convoquer(espace.place))
    ligne = _envoi(espace, code)
    courriels = Courriel.objects.filter(convocations__envoi=ligne).distinct()
    courriel = get_object_or_404(courriels, pk=cle)
    try:
        adresse = services.demander_la_correction(envoi=ligne, courriel=courriel, par=request.user, le=espace.le)
    except PeriodeClose:
        raise
    except Refus as refus:
        messages.error(request, str(refus))
    else:
        messages.success(request, f"Correction demandée à {adresse}.")
    return redirect("entretiens:envoi", uai=espace.etablissement.segment, code=code)


def _ce_qui_s_envoie(espace: Espace) -> dict[str, Any]:
    """Les envois que le droit et le calendrier permettent, et ce que le calendrier en dit."""
    etape = espace.ouverture.du(Geste.CONVOQUER)
    return {"etape": etape, "peut_convoquer": peut_convoquer(espace.place) and etape.ouverte}


def _attendues(convocations: list[Convocation], espace: Espace) -> list[Convocation]:
    """Celles qui valent encore : ni remplacées, ni rappelées, ni passées."""
    return [
        convocation
        for convocation in convocations
        if convocation.sequence == convocation.entretien.sequence
        and convocation.entretien.etat == EtatEntretien.PREVU
        and convocation.envoi.rappele_le is None
        and convocation.periode.lower > espace.le
    ]


def _est_rappelable(espace: Espace, envoi: Envoi, convocations: Sequence[Convocation]) -> bool:
    attend = envoi.rappele_le is None and espace.le < envoi.part_le
    return attend and _peut_rappeler(espace) and not any(convocation.est_annulee for convocation in convocations)


def _peut_rappeler(espace: Espace) -> bool:
    return peut_convoquer(espace.place) and espace.permet(Geste.RAPPELER_UN_ENVOI)


def _a_confirmer(espace: Espace) -> QuerySet[Entretien]:
    return (
        Entretien.objects.de_l_accueil(espace.campagne, espace.etablissement.pk).a_confirmer().avec_lieu().avec_eleve()
    )


def _envoyer(request: HttpRequest, espace: Espace, prets: list[Entretien], form: DepartForm) -> HttpResponse | None:
    """Confirme les entretiens montrés, même si d'autres se sont ajoutés depuis ; rien si la date ne va pas."""
    montres = set(request.POST.get("codes", "").split())
    try:
        ligne = services.confirmer(
            etablissement=espace.etablissement,
            campagne=espace.campagne,
            entretiens=[entretien for entretien in prets if entretien.code in montres],
            part_le=form.part_le,
            par=request.user,
            le=espace.le,
        )
    except PeriodeClose:
        raise
    except services.DepartRefuse as refus:
        form.add_error("jour", str(refus))
        return None
    except Refus as refus:
        messages.error(request, str(refus))
        return redirect("entretiens:envois", uai=espace.etablissement.segment)
    nombre = ligne.convocations.count()
    s = "s" if nombre > 1 else ""
    depart = dire_le_depart(ligne.part_le, espace.le)
    messages.success(request, f"{nombre} convocation{s} confirmée{s}. {depart}")
    return redirect("entretiens:envoi", uai=espace.etablissement.segment, code=ligne.code)


def _envois(espace: Espace) -> QuerySet[Envoi]:
    return Envoi.objects.filter(campagne=espace.campagne, etablissement=espace.etablissement)


def _envoi(espace: Espace, code: str) -> Envoi:
    """L'envoi, avec ce que les services demandent au calendrier."""
    envois = _envois(espace).select_related("campagne__regles").prefetch_related("campagne__periodes")
    return get_object_or_404(envois, code=code)
