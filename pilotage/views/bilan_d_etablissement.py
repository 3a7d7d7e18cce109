"""Ce que chaque établissement lit de lui-même, à côté d'une distribution anonyme (R35)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from pilotage.permissions import peut_emporter_le_bilan, peut_lire_le_bilan
from pilotage.selectors.suivi import Champ
from pilotage.tableaux.etablissement import BilanDEtablissement, bilan_d_accueil, bilan_d_origine
from referentiel.permissions import Cote
from referentiel.portes import Espace, dans_l_accueil, dans_l_origine, exiger
from referentiel.tableurs.ecriture import reponse_xlsx


def bilan(request: HttpRequest, espace: Espace) -> HttpResponse:
    exiger(peut_lire_le_bilan(espace.place))
    lu = _lire(espace)
    contexte = {
        "bilan": lu,
        "chiffres": [{"libelle": libelle.lower(), "nombre": nombre} for libelle, nombre in lu.etapes],
        "vide": not any(nombre for _, nombre in lu.etapes),
        "a_l_accueil": espace.cote is Cote.ACCUEIL,
        "xlsx_url": reverse(f"pilotage:bilan_{espace.cote}_xlsx", args=[espace.etablissement.segment])
        if peut_emporter_le_bilan(espace.place)
        else "",
    }
    return render(request, "pilotage/bilan_d_etablissement.html", contexte)


def bilan_xlsx(request: HttpRequest, espace: Espace) -> HttpResponse:
    exiger(peut_emporter_le_bilan(espace.place))
    return reponse_xlsx(f"bilan-{espace.etablissement.segment}-{espace.campagne.annee}", _lire(espace).tableau.feuille)


bilan_origine = require_safe(dans_l_origine(bilan))
bilan_accueil = require_safe(dans_l_accueil(bilan))
bilan_origine_xlsx = require_safe(dans_l_origine(bilan_xlsx))
bilan_accueil_xlsx = require_safe(dans_l_accueil(bilan_xlsx))


def adresse_du_bilan(espace: Espace) -> str:
    """Où la personne lit le bilan de son établissement ; rien si elle n'en a pas le droit."""
    if not peut_lire_le_bilan(espace.place):
        return ""
    return reverse(f"pilotage:bilan_{espace.cote}", args=[espace.etablissement.segment])


def _lire(espace: Espace) -> BilanDEtablissement:
    champ, cle = Champ(espace.campagne, espace.le), espace.etablissement.pk
    if espace.cote is Cote.ACCUEIL:
        return bilan_d_accueil(champ, cle)
    return bilan_d_origine(champ, cle, avis_publies=espace.campagne.montre_les_avis_d_accueil(espace.le))
