"""Vérifier, envoyer, rappeler et renvoyer les convocations (écrans A7 page 3 et A14)."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courriers.models import Courriel
from courriers.rules import EtatCourriel
from courriers.services import est_une_adresse
from entretiens import services
from entretiens.models import Convocation, Entretien, Envoi
from entretiens.pdf import apercu_de
from entretiens.permissions import peut_convoquer, peut_lire_le_planning
from entretiens.services.convocations import adresses_de, adresses_possibles
from entretiens.views.outils import lire_la_cle
from referentiel.listes import paginer
from referentiel.portes import Espace, dans_l_accueil, exiger, exiger_l_etape
from referentiel.rules.dates import dire_heure
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus

AU_PLUS = 500


@require_safe
@dans_l_accueil
def envois(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Les envois de l'établissement, et ce qui reste à envoyer."""
    exiger(peut_lire_le_planning(espace.place))
    a_envoyer = _a_confirmer(espace)
    echecs = Q(convocations__courriels__etat=EtatCourriel.ABANDONNE)
    lignes = (
        Envoi.objects.filter(campagne=espace.campagne, etablissement=espace.etablissement)
        .annotate(
            nombre=Count("convocations", distinct=True),
            origines=Count("convocations__entretien__candidature__eleve__etablissement", distinct=True),
            echecs=Count("convocations__courriels", filter=echecs, distinct=True),
            nature=Max("convocations__nature"),
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
    """Ce qui partira, à qui, avec l'aperçu d'une convocation ; puis l'envoi."""
    exiger(peut_convoquer(espace.place))
    exiger_l_etape(espace, Geste.CONVOQUER)
    prets = list(_a_confirmer(espace).filter(periode__startswith__gt=espace.le).order_by("periode", "pk")[:AU_PLUS])
    if request.method == "POST":
        return _envoyer(request, espace, prets)
    if not prets:
        messages.info(request, "Aucune convocation à envoyer.")
        return redirect("entretiens:envois", uai=espace.etablissement.segment)
    contexte = {
        "entretiens": prets,
        "groupes": _par_origine(prets),
        "referents": len({e.candidature.eleve.referent_courriel.lower() for e in prets} - {""}),
        "sans_adresse": [e for e in prets if not _adresses(e)],
        "sans_referent": sum(not est_une_adresse(e.candidature.eleve.referent_courriel) for e in prets),
        "avis_manquants": sum(
            not f.avis_complet and not f.ajoutee_a_l_entretien
            for e in prets
            for f in e.candidature.formations_maintenues
        ),
        "codes": " ".join(e.code for e in prets),
        "feuille": apercu_de(prets[0], espace.campagne, espace.etablissement),
        "delai": espace.campagne.regles.delai_de_rappel,
        "uai": espace.etablissement.segment,
    }
    return render(request, "entretiens/envoi_verification.html", contexte)


@require_safe
@dans_l_accueil
def envoi(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Un envoi, destinataire par destinataire."""
    exiger(peut_lire_le_planning(espace.place))
    ligne = _envoi(espace, code)
    convocations = list(Convocation.objects.filter(envoi=ligne).avec_document())
    par_cle = {convocation.pk: convocation for convocation in convocations}
    liens = Convocation.courriels.through.objects.filter(convocation__envoi=ligne)
    portees: dict[int, list[Convocation]] = {}
    for convocation, courriel in liens.values_list("convocation", "courriel"):
        portees.setdefault(courriel, []).append(par_cle[convocation])
    courriels = Courriel.objects.filter(pk__in=portees).exclude(etat=EtatCourriel.RAPPELE).order_by("uai", "pk")
    if ligne.rappele_le:
        courriels = Courriel.objects.filter(pk__in=portees).order_by("uai", "pk")
    contexte = {
        "envoi": ligne,
        "nombre": len(convocations),
        "destinataires": [_destinataire(courriel, portees[courriel.pk]) for courriel in courriels],
        "sans_adresse": [c for c in convocations if not adresses_de(c) and not ligne.rappele_le],
        "rappelable": ligne.rappele_le is None and espace.le < ligne.part_le and _peut_rappeler(espace),
        **_ce_qui_s_envoie(espace),
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


def _ce_qui_s_envoie(espace: Espace) -> dict[str, Any]:
    """Les envois que le droit et le calendrier permettent, et ce que le calendrier en dit."""
    etape = espace.ouverture.du(Geste.CONVOQUER)
    return {"etape": etape, "peut_convoquer": peut_convoquer(espace.place) and etape.ouverte}


def _peut_rappeler(espace: Espace) -> bool:
    return peut_convoquer(espace.place) and espace.permet(Geste.RAPPELER_UN_ENVOI)


def _a_confirmer(espace: Espace) -> QuerySet[Entretien]:
    return (
        Entretien.objects.de_l_accueil(espace.campagne, espace.etablissement.pk).a_confirmer().avec_lieu().avec_eleve()
    )


def _envoyer(request: HttpRequest, espace: Espace, prets: list[Entretien]) -> HttpResponse:
    """Confirme les entretiens montrés, même si d'autres se sont ajoutés depuis."""
    montres = set(request.POST.get("codes", "").split())
    try:
        ligne = services.confirmer(
            etablissement=espace.etablissement,
            campagne=espace.campagne,
            entretiens=[entretien for entretien in prets if entretien.code in montres],
            par=request.user,
            le=espace.le,
        )
    except PeriodeClose:
        raise
    except Refus as refus:
        messages.error(request, str(refus))
        return redirect("entretiens:envois", uai=espace.etablissement.segment)
    nombre = ligne.convocations.count()
    s = "s" if nombre > 1 else ""
    messages.success(
        request, f"{nombre} convocation{s} confirmée{s}. Les courriels partent à {dire_heure(ligne.part_le)}."
    )
    return redirect("entretiens:envoi", uai=espace.etablissement.segment, code=ligne.code)


def _envoi(espace: Espace, code: str) -> Envoi:
    envois = Envoi.objects.filter(campagne=espace.campagne, etablissement=espace.etablissement)
    return get_object_or_404(
        envois.select_related("campagne__regles", "par").prefetch_related("campagne__periodes"), code=code
    )


def _par_origine(entretiens: list[Entretien]) -> list[tuple[str, int]]:
    nombres: dict[str, int] = {}
    for entretien in entretiens:
        nom = entretien.candidature.eleve.etablissement.nom_et_commune
        nombres[nom] = nombres.get(nom, 0) + 1
    return sorted(nombres.items())


def _adresses(entretien: Entretien) -> list[str]:
    eleve = entretien.candidature.eleve
    return [
        adresse for adresse in (eleve.etablissement.messagerie, eleve.referent_courriel) if est_une_adresse(adresse)
    ]


def _destinataire(courriel: Courriel, convocations: list[Convocation]) -> dict[str, object]:
    origine = convocations[0].entretien.candidature.eleve.etablissement
    en_echec = courriel.etat == EtatCourriel.ABANDONNE
    return {
        "courriel": courriel,
        "origine": origine,
        "messagerie": courriel.destinataire.lower() == origine.messagerie.lower(),
        "nombre": len(convocations),
        "en_echec": en_echec,
        "adresses": adresses_possibles(convocations) if en_echec else [],
    }
