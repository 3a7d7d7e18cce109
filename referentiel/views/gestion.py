"""Gérer l'établissement : ses coordonnées, ses exports (écrans « Établissement » et O17)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from comptes.models import Trace
from referentiel.exports import exports_de
from referentiel.forms.gestion import CoordonneesForm
from referentiel.historique import page_d_historique
from referentiel.models import Travail
from referentiel.permissions import Cote, lit_l_etablissement, peut_exporter, peut_gerer_l_etablissement
from referentiel.portes import Espace, dans_l_accueil, dans_l_origine, exiger
from referentiel.rules.dates import dire_instant
from referentiel.rules.refus import Refus
from referentiel.services.coordonnees import modifier_les_coordonnees
from referentiel.services.exports import demander_un_export

CLASSES_DES_ETATS = {Travail.Etat.PRET: "fr-badge--success", Travail.Etat.ARRETE: "fr-badge--error"}
LIRE_ET_ENVOYER = require_http_methods(["GET", "HEAD", "POST"])


def coordonnees(request: HttpRequest, espace: Espace) -> HttpResponse:
    exiger(lit_l_etablissement(espace.place))
    peut_modifier = peut_gerer_l_etablissement(espace.place) and not espace.en_detour
    if request.method == "POST":
        exiger(peut_modifier)
    saisie = request.POST if request.method == "POST" else None
    form = CoordonneesForm(saisie, instance=espace.etablissement, accueil=espace.cote is Cote.ACCUEIL)
    if form.is_bound and form.is_valid() and _enregistrer(request, espace, form):
        messages.success(request, "Coordonnées enregistrées.")
        return redirect(f"referentiel:coordonnees_{espace.cote}", uai=espace.etablissement.segment)
    contexte = {
        "form": form if peut_modifier else None,
        "informations": _informations(espace, tenues=not peut_modifier),
        **page_d_historique(request, Trace.objects.de(espace.etablissement)),
        "academie": espace.place.academie,
    }
    return render(request, "referentiel/coordonnees.html", contexte)


def exports(request: HttpRequest, espace: Espace) -> HttpResponse:
    """O17 : les fichiers préparés, et ceux que l'on peut demander."""
    exiger(lit_l_etablissement(espace.place))
    exporte = peut_exporter(espace.place)
    if request.method == "POST":
        exiger(exporte)
        return _demander(request, espace)
    contexte = {
        "exports": exports_de(espace.cote) if exporte and not espace.en_detour else [],
        "travaux": [_montrer(travail) for travail in _travaux(request, espace)],
    }
    return render(request, "referentiel/exports.html", contexte)


coordonnees_origine = LIRE_ET_ENVOYER(dans_l_origine(coordonnees))
coordonnees_accueil = LIRE_ET_ENVOYER(dans_l_accueil(coordonnees))
exports_origine = LIRE_ET_ENVOYER(dans_l_origine(exports))
exports_accueil = LIRE_ET_ENVOYER(dans_l_accueil(exports))


def _enregistrer(request: HttpRequest, espace: Espace, form: CoordonneesForm) -> bool:
    try:
        modifier_les_coordonnees(
            etablissement=espace.etablissement, coordonnees=form.saisie, par=request.user, le=espace.le
        )
    except Refus as refus:
        form.add_error(None, str(refus))
        return False
    return True


def _demander(request: HttpRequest, espace: Espace) -> HttpResponse:
    retour = reverse(f"referentiel:exports_{espace.cote}", args=[espace.etablissement.segment])
    export = next((e for e in exports_de(espace.cote) if e.nature == request.POST.get("export")), None)
    if export is None:
        messages.error(request, "Choisissez l’un des exports proposés.")
        return redirect(retour)
    try:
        travail = demander_un_export(
            export=export,
            etablissement=espace.etablissement,
            campagne=espace.campagne,
            cote=str(espace.cote),
            retour=retour,
            par=request.user,
            le=espace.le,
        )
    except Refus as refus:
        messages.error(request, str(refus))
        return redirect(retour)
    return redirect("referentiel:travail", code=travail.code)


def _travaux(request: HttpRequest, espace: Espace) -> list[Travail]:
    """Ce que la personne a demandé ici et qui n'est pas effacé, le plus récent d'abord."""
    siens = Travail.objects.filter(etablissement=espace.etablissement, campagne=espace.campagne, par=request.user)
    return list(siens.exclude(expire_le__lte=espace.le).order_by("-demande_le", "-pk"))


def _montrer(travail: Travail) -> dict[str, Any]:
    return {
        "titre": travail.titre,
        "code": travail.code,
        "etat": travail.get_etat_display(),
        "classe": CLASSES_DES_ETATS.get(travail.etat, ""),
        "pret": travail.etat == Travail.Etat.PRET,
        "demande_le": dire_instant(travail.demande_le, annee=False),
        "jusqu_a": dire_instant(travail.expire_le, annee=False) if travail.expire_le else "",
    }


def _informations(espace: Espace, *, tenues: bool) -> list[dict[str, Any]]:
    """Ce que le SAIO tient ; et ce que tient l'établissement, pour qui ne le modifie pas."""
    lieu = espace.etablissement
    du_saio = [("Nom", lieu.nom), ("Code UAI", lieu.uai), ("Type", lieu.type), ("Adresse", lieu.adresse_complete)]
    de_l_etablissement = [
        ("Messagerie fonctionnelle", lieu.messagerie),
        ("Téléphone", lieu.telephone),
        ("Nom du chef d’établissement", lieu.chef),
        *([("Portes ouvertes et mini-stages", lieu.portes_ouvertes)] if espace.cote is Cote.ACCUEIL else []),
    ]
    lignes = du_saio + (de_l_etablissement if tenues else [])
    return [{"terme": terme, "valeur": valeur} for terme, valeur in lignes]
