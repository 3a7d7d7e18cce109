"""L'export des bonus vers Affelnet-Lycée, au SAIO (R34)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from avis.exports import NOMMES, preparer_l_export
from avis.models import ExportAffelnet
from avis.services import exporter_vers_affelnet
from comptes.preuve import exiger_une_preuve_recente
from referentiel.permissions import peut_administrer_l_academie
from referentiel.portes import EspaceAcademique, dans_l_academie, exiger
from referentiel.rules.jeu import Affichage
from referentiel.rules.refus import Refus
from referentiel.tableurs.ecriture import CSV, piece_jointe


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_academie
def affelnet(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Ce que l'export contiendrait, ce qu'il laisse de côté, et les exports déjà faits."""
    exiger(peut_administrer_l_academie(espace.place))
    if request.method == "POST":
        return _exporter(request, espace)
    avec_bonus = espace.campagne.regles.affichage == Affichage.AVEC_BONUS
    contexte = {
        "avec_bonus": avec_bonus,
        "preparation": preparer_l_export(espace.campagne) if avec_bonus else None,
        "nommes": NOMMES,
        "exports": ExportAffelnet.objects.filter(campagne=espace.campagne).select_related("par").defer("contenu"),
        "peut_exporter": not espace.lecture_seule,
        "campagne": espace.campagne,
    }
    return render(request, "avis/affelnet.html", contexte)


@exiger_une_preuve_recente
@require_safe
@dans_l_academie
def export(request: HttpRequest, espace: EspaceAcademique, code: str) -> HttpResponse:
    """Un export déjà fait, octet pour octet."""
    exiger(peut_administrer_l_academie(espace.place))
    fait = get_object_or_404(ExportAffelnet, campagne=espace.campagne, code=code)
    return piece_jointe(f"passpro-affelnet-{espace.campagne.annee}-{fait.code}.csv", bytes(fait.contenu), CSV)


def _exporter(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    try:
        fait, nouveau = exporter_vers_affelnet(campagne=espace.campagne, par=request.user, le=espace.le)
    except Refus as refus:
        messages.error(request, str(refus))
    else:
        s = "s" if fait.lignes > 1 else ""
        if nouveau:
            messages.success(request, f"{fait.lignes} ligne{s} exportée{s}. Téléchargez le fichier ci-dessous.")
        else:
            messages.info(request, "rien n’a changé depuis le dernier export\u00a0: c’est le même fichier.")
    return redirect("avis:affelnet_academie")
