"""Ce qui a changé ; abandonner un import en cours, annuler un import appliqué (étape 4)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from candidatures.imports.phrases import dire_le_resultat, dire_les_ecartes
from candidatures.permissions import peut_inscrire
from candidatures.services import imports
from candidatures.views.communes import url_des_eleves, vers
from candidatures.views.imports.parcours import Etat, a_son_ecran, exiger_le_droit, importation_de, montrer, refus_de
from referentiel.models.travaux import Importation
from referentiel.portes import Espace, dans_l_origine, exiger
from referentiel.rules.ouverture import Geste


@require_safe
@dans_l_origine
def resultat(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Étape 4 : ce qui a changé, et la suite."""
    exiger(peut_inscrire(espace.place))
    importation = importation_de(espace, code)
    if importation.etat != Etat.APPLIQUEE:
        return a_son_ecran(espace, importation, request)
    rapport = importation.rapport
    contexte = {
        "importation": importation,
        "phrase": dire_le_resultat(rapport),
        "ecartes": dire_les_ecartes(rapport["ecartes"]),
        "rapport": rapport,
        "s_annule": espace.permet(Geste.AJOUTER_UN_ELEVE)
        and bool(rapport["ajoutes"] or rapport["mis_a_jour"])
        and imports.pourquoi_pas_annuler(importation) is None,
    }
    return montrer(request, espace, "resultat", contexte)


@require_POST
@dans_l_origine
def abandonner(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    exiger(peut_inscrire(espace.place))
    abandonnee = imports.abandonner_l_import(importation=importation_de(espace, code), le=espace.le)
    if abandonnee.etat == Etat.APPLIQUEE:
        return vers("import_resultat", espace, code=code)
    messages.success(request, "Import abandonné. Aucun élève n’a changé, les lignes du fichier sont effacées.")
    return redirect(url_des_eleves(espace))


@dans_l_origine
def annuler(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Retire ce que l'import a ajouté, rend ce qu'il a changé ; page de confirmation."""
    exiger_le_droit(espace)
    importation = importation_de(espace, code)
    if importation.etat != Etat.APPLIQUEE:
        return a_son_ecran(espace, importation, request)
    if raison := imports.pourquoi_pas_annuler(importation):
        messages.error(request, raison)
        return vers("import_resultat", espace, code=code)
    if request.method == "POST":
        return _annuler(request, espace, importation)
    contexte = {
        "question": "Annuler cet import\u00a0?",
        "consequences": _consequences_de_l_annulation(importation.rapport),
        "verbe": "Annuler l’import",
        "annuler_url": redirect("candidatures:import_resultat", uai=espace.etablissement.segment, code=code).url,
        "renoncer": "Garder l’import",
        "fil_parent": {"libelle": "Élèves", "url": url_des_eleves(espace)},
    }
    return render(request, "composants/confirmation.html", contexte)


def _annuler(request: HttpRequest, espace: Espace, importation: Importation) -> HttpResponse:
    refus = refus_de(
        lambda: imports.annuler_l_import(
            importation=importation, campagne=espace.campagne, par=request.user, le=espace.le
        )
    )
    if refus:
        messages.error(request, refus)
        return vers("import_resultat", espace, code=importation.code)
    messages.success(request, "L’import est annulé.")
    return redirect(url_des_eleves(espace))


def _consequences_de_l_annulation(rapport: dict[str, Any]) -> list[str]:
    ajoutes, changes = rapport["ajoutes"], rapport["mis_a_jour"]
    phrases = []
    if ajoutes:
        phrases.append("L’élève ajouté est retiré." if ajoutes == 1 else f"Les {ajoutes} élèves ajoutés sont retirés.")
    if changes:
        qui = "L’élève mis à jour retrouve" if changes == 1 else f"Les {changes} élèves mis à jour retrouvent"
        valeurs = "ses valeurs" if changes == 1 else "leurs valeurs"
        phrases.append(f"{qui} {valeurs} d’avant, sauf celles que quelqu’un a changées depuis.")
    return phrases
