"""Ce qui va changer, ce qui ne va pas, puis l'import d'un bloc (étape 3)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from candidatures.imports.phrases import LIBELLES_DES_CHAMPS, dire_le_plan, dire_les_ecartes, dire_une_valeur
from candidatures.imports.plan import Erreur, LigneLue, MiseAJour, Plan
from candidatures.permissions import peut_inscrire
from candidatures.services import demander_un_transfert, imports
from candidatures.views.communes import vers
from candidatures.views.imports.parcours import (
    Etat,
    a_expire,
    a_son_ecran,
    exiger_le_droit,
    importation_de,
    montrer,
    refus_de,
)
from referentiel.models.travaux import Importation
from referentiel.portes import Espace, dans_l_origine, exiger
from referentiel.rules.ouverture import Geste
from referentiel.tableurs.ecriture import Feuille, reponse_xlsx

LIGNES_MONTREES = 200
# Au-delà, ce n'est le numéro d'aucune ligne.
CHIFFRES_AU_PLUS = 7


@dans_l_origine
def verification(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Étape 3 : ce qui va changer, puis l'import d'un bloc."""
    exiger_le_droit(espace)
    importation = importation_de(espace, code)
    if importation.etat != Etat.VERIFICATION or a_expire(importation, espace):
        return a_son_ecran(espace, importation, request)
    if request.method != "POST":
        return _montrer_le_plan(request, espace, importation)
    if numero := request.POST.get("transfert"):
        return _demander_le_transfert(request, espace, importation, numero)
    refus = refus_de(lambda: _appliquer(request, espace, importation))
    return (
        _montrer_le_plan(request, espace, importation, refus) if refus else vers("import_resultat", espace, code=code)
    )


@require_safe
@dans_l_origine
def erreurs(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Les lignes en erreur, en Excel, pour les corriger dans le fichier."""
    exiger(peut_inscrire(espace.place))
    importation = importation_de(espace, code)
    if importation.etat != Etat.VERIFICATION:
        raise Http404
    plan = imports.plan_de_l_import(importation=importation, campagne=espace.campagne)
    lignes = [[e.numero, e.eleve, e.probleme, e.remede] for e in sorted(plan.erreurs, key=lambda e: e.numero)]
    return reponse_xlsx(
        "passpro-import-erreurs", Feuille("Erreurs", ["Ligne", "Élève", "Problème", "Comment corriger"], lignes)
    )


def _appliquer(request: HttpRequest, espace: Espace, importation: Importation) -> Importation:
    return imports.appliquer_l_import(
        importation=importation,
        campagne=espace.campagne,
        empreinte=request.POST.get("empreinte", ""),
        ignorer_les_erreurs="ignorer" in request.POST,
        confirmes=_confirmes(request),
        par=request.user,
        le=espace.le,
    )


def _confirmes(request: HttpRequest) -> frozenset[int]:
    numeros = (numero for numero in request.POST.getlist("confirme") if numero.isdecimal())
    return frozenset(int(numero) for numero in numeros if len(numero) <= CHIFFRES_AU_PLUS)


def _demander_le_transfert(request: HttpRequest, espace: Espace, importation: Importation, numero: str) -> HttpResponse:
    plan = imports.plan_de_l_import(importation=importation, campagne=espace.campagne)
    erreur = next((e for e in plan.erreurs if e.ailleurs and str(e.numero) == numero), None)
    if erreur is None:
        raise Http404
    refus = refus_de(
        lambda: demander_un_transfert(
            ine=erreur.ailleurs,
            etablissement=espace.etablissement,
            campagne=espace.campagne,
            par=request.user,
            le=espace.le,
        )
    )
    if refus:
        messages.error(request, refus)
    else:
        messages.success(request, f"Transfert de {erreur.eleve} demandé. L’établissement de l’élève est prévenu.")
    return vers("import_verification", espace, code=importation.code)


def _montrer_le_plan(request: HttpRequest, espace: Espace, importation: Importation, refus: str = "") -> HttpResponse:
    plan = imports.plan_de_l_import(importation=importation, campagne=espace.campagne)
    confirmes = _confirmes(request)
    contexte = {
        "importation": importation,
        "refus": refus,
        "page_en_erreur": bool(refus),
        "phrase": dire_le_plan(plan),
        "ecartes": dire_les_ecartes(plan.ecartes),
        "plan": plan,
        "erreurs": [_ligne_d_erreur(erreur, confirmes) for erreur in _premieres_erreurs(plan)],
        "erreurs_tues": max(len(plan.erreurs) - LIGNES_MONTREES, 0),
        "mises_a_jour": [_ligne_changee(maj) for maj in plan.mises_a_jour[:LIGNES_MONTREES]],
        "mises_a_jour_tues": max(len(plan.mises_a_jour) - LIGNES_MONTREES, 0),
        "ajouts": [_ligne_ajoutee(ligne) for ligne in plan.ajouts[:LIGNES_MONTREES]],
        "ajouts_tus": max(len(plan.ajouts) - LIGNES_MONTREES, 0),
        "absents": plan.absents[:LIGNES_MONTREES],
        "absents_tus": max(len(plan.absents) - LIGNES_MONTREES, 0),
        "ignorer": "ignorer" in request.POST,
        "peut_transferer": espace.permet(Geste.DEMANDER_UN_TRANSFERT),
    }
    return montrer(request, espace, "verification", contexte)


def _premieres_erreurs(plan: Plan) -> list[Erreur]:
    """Toutes celles qui attendent une réponse, puis les premières des autres."""
    a_repondre = [erreur for erreur in plan.erreurs if erreur.confirmable]
    return plan.erreurs[: max(LIGNES_MONTREES, len(a_repondre))]


def _ligne_d_erreur(erreur: Erreur, confirmes: frozenset[int]) -> dict[str, Any]:
    return {"erreur": erreur, "confirmee": erreur.numero in confirmes}


def _ligne_changee(maj: MiseAJour) -> dict[str, Any]:
    return {
        "numero": maj.ligne.numero,
        "eleve": f"{maj.connu.nom.upper()} {maj.connu.prenom}",
        "changements": [
            (LIBELLES_DES_CHAMPS[champ], dire_une_valeur(champ, ancienne), dire_une_valeur(champ, nouvelle))
            for champ, ancienne, nouvelle in maj.changements
        ],
    }


def _ligne_ajoutee(ligne: LigneLue) -> dict[str, Any]:
    eleve = ligne.eleve
    return {
        "numero": ligne.numero,
        "eleve": eleve.nom_affiche,
        "naissance": eleve.date_de_naissance,
        "classe": eleve.classe,
        "niveau": dire_une_valeur("niveau", eleve.niveau),
    }
