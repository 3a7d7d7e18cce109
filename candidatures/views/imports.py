"""Importer les élèves d'un fichier : fichier, colonnes, vérification, résultat (R13, écran O3)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from candidatures.forms.imports import EXEMPLES, ColonnesForm, DepotForm
from candidatures.imports.phrases import (
    LIBELLES_DES_CHAMPS,
    dire_le_plan,
    dire_le_resultat,
    dire_les_ecartes,
    dire_une_valeur,
)
from candidatures.imports.plan import Erreur, LigneLue, MiseAJour, Plan
from candidatures.permissions import peut_inscrire
from candidatures.services import demander_un_transfert, imports
from candidatures.views.communes import essayer, url_des_eleves, vers
from referentiel.models.travaux import Importation
from referentiel.portes import Espace, dans_l_origine, exiger, exiger_l_etape
from referentiel.rules.jeu import LIBELLES_NIVEAUX, Niveau
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus
from referentiel.tableurs.ecriture import Feuille, reponse_xlsx

LIGNES_MONTREES = 200
# Au-delà, ce n'est le numéro d'aucune ligne.
CHIFFRES_AU_PLUS = 7
Etat = Importation.Etat
# L'écran de chaque état : une adresse ouverte trop tôt ou trop tard y renvoie.
ECRANS = {Etat.COLONNES: "import_colonnes", Etat.VERIFICATION: "import_verification", Etat.APPLIQUEE: "import_resultat"}


@dans_l_origine
def fichier(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Étape 1 : déposer un fichier, ou coller des cellules."""
    _exiger_le_droit(espace)
    form = DepotForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and (importation := _deposer(request, espace, form)):
        return _a_son_ecran(espace, importation)
    return _montrer(request, espace, "fichier", {"form": form, "annuler_url": url_des_eleves(espace)})


@dans_l_origine
def colonnes(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Étape 2 : dire dans quelle colonne se lit chaque donnée."""
    _exiger_le_droit(espace)
    importation = _importation(espace, code)
    if importation.etat != Etat.COLONNES or _a_expire(importation, espace):
        return _a_son_ecran(espace, importation, request)
    form = ColonnesForm(
        request.POST or None,
        entetes=importation.entetes,
        exemples=_exemples(importation),
        correspondance=importation.correspondance,
    )
    if request.method == "POST" and form.is_valid() and (choisie := _choisir(espace, importation, form)):
        return _a_son_ecran(espace, choisie)
    return _montrer(request, espace, "colonnes", {"form": form, "importation": importation})


@dans_l_origine
def verification(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Étape 3 : ce qui va changer, puis l'import d'un bloc."""
    _exiger_le_droit(espace)
    importation = _importation(espace, code)
    if importation.etat != Etat.VERIFICATION or _a_expire(importation, espace):
        return _a_son_ecran(espace, importation, request)
    if request.method != "POST":
        return _montrer_le_plan(request, espace, importation)
    if numero := request.POST.get("transfert"):
        return _demander_le_transfert(request, espace, importation, numero)
    refus = _refus_de(lambda: _appliquer(request, espace, importation))
    return (
        _montrer_le_plan(request, espace, importation, refus) if refus else vers("import_resultat", espace, code=code)
    )


@require_safe
@dans_l_origine
def resultat(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Étape 4 : ce qui a changé, et la suite."""
    exiger(peut_inscrire(espace.place))
    importation = _importation(espace, code)
    if importation.etat != Etat.APPLIQUEE:
        return _a_son_ecran(espace, importation, request)
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
    return _montrer(request, espace, "resultat", contexte)


@require_POST
@dans_l_origine
def abandonner(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    exiger(peut_inscrire(espace.place))
    abandonnee = imports.abandonner_l_import(importation=_importation(espace, code), le=espace.le)
    if abandonnee.etat == Etat.APPLIQUEE:
        return vers("import_resultat", espace, code=code)
    messages.success(request, "Import abandonné. Aucun élève n’a changé, les lignes du fichier sont effacées.")
    return redirect(url_des_eleves(espace))


@dans_l_origine
def annuler(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Retire ce que l'import a ajouté, rend ce qu'il a changé ; page de confirmation."""
    _exiger_le_droit(espace)
    importation = _importation(espace, code)
    if importation.etat != Etat.APPLIQUEE:
        return _a_son_ecran(espace, importation, request)
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


@require_safe
@dans_l_origine
def modele(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Un classeur vide, aux titres que l'import reconnaît, et les niveaux que la campagne admet."""
    exiger(peut_inscrire(espace.place))
    titres = ("Nom", "Prénom", "Date de naissance", "INE", "Classe", "Niveau")
    niveaux = [[LIBELLES_NIVEAUX[Niveau(niveau)]] for niveau in espace.campagne.regles.niveaux_admis]
    return reponse_xlsx("passpro-eleves-modele", Feuille("Élèves", titres, []), Feuille("Niveaux", ["Niveau"], niveaux))


@require_safe
@dans_l_origine
def erreurs(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Les lignes en erreur, en Excel, pour les corriger dans le fichier."""
    exiger(peut_inscrire(espace.place))
    importation = _importation(espace, code)
    if importation.etat != Etat.VERIFICATION:
        raise Http404
    plan = imports.plan_de_l_import(importation=importation, campagne=espace.campagne)
    lignes = [[e.numero, e.eleve, e.probleme, e.remede] for e in sorted(plan.erreurs, key=lambda e: e.numero)]
    return reponse_xlsx(
        "passpro-import-erreurs", Feuille("Erreurs", ["Ligne", "Élève", "Problème", "Comment corriger"], lignes)
    )


def _exiger_le_droit(espace: Espace) -> None:
    exiger(peut_inscrire(espace.place))
    exiger_l_etape(espace, Geste.AJOUTER_UN_ELEVE)


def _importation(espace: Espace, code: str) -> Importation:
    """Import d'élèves de cet établissement dans cette campagne, ou 404."""
    siens = Importation.objects.filter(
        nature=Importation.Nature.ELEVES, etablissement=espace.etablissement, campagne=espace.campagne
    )
    return get_object_or_404(siens, code=code)


def _a_expire(importation: Importation, espace: Espace) -> bool:
    return importation.expire_le <= espace.le


def _a_son_ecran(espace: Espace, importation: Importation, request: HttpRequest | None = None) -> HttpResponse:
    """L'écran où en est cet import ; le dépôt d'un fichier s'il est abandonné ou périmé."""
    fini = importation.etat == Etat.ABANDONNEE or (
        importation.etat != Etat.APPLIQUEE and _a_expire(importation, espace)
    )
    if not fini:
        return vers(ECRANS[Etat(importation.etat)], espace, code=importation.code)
    if request:
        messages.warning(request, imports.EXPIRE)
    return vers("import_fichier", espace)


def _montrer(request: HttpRequest, espace: Espace, ecran: str, contexte: dict[str, Any]) -> HttpResponse:
    commun = {"uai": espace.etablissement.segment, "eleves_url": url_des_eleves(espace)}
    return render(request, f"candidatures/imports/{ecran}.html", commun | contexte)


def _refus_de(geste: Callable[[], object]) -> str:
    """La phrase du refus d'un service, ou rien s'il a fait."""
    try:
        geste()
    except PeriodeClose:
        raise
    except Refus as refus:
        return str(refus)
    return ""


# Fichier et colonnes ---------------------------------------------------------------------------------------


def _deposer(request: HttpRequest, espace: Espace, form: DepotForm) -> Importation | None:
    commun = {"etablissement": espace.etablissement, "campagne": espace.campagne, "par": request.user, "le": espace.le}
    depose = form.cleaned_data["fichier"]
    try:
        if depose is None:
            return imports.deposer_des_cellules(texte=form.cleaned_data["cellules"], **commun)
        return imports.deposer_un_fichier(contenu=depose.read(), nom=depose.name, **commun)
    except PeriodeClose:
        raise
    except Refus as refus:
        form.add_error("cellules" if depose is None else "fichier", str(refus))
        return None


def _exemples(importation: Importation) -> dict[int, list[str]]:
    """Premières valeurs de chaque colonne gardée, par rang ; une colonne vide n'en a pas."""
    exemples: dict[int, list[str]] = {rang: [] for rang in importation.correspondance.values()}
    for _, cases in importation.lignes:
        for rang, texte in cases.items():
            valeurs = exemples.setdefault(int(rang), [])
            if len(valeurs) < EXEMPLES:
                valeurs.append(texte)
    return exemples


def _choisir(espace: Espace, importation: Importation, form: ColonnesForm) -> Importation | None:
    return essayer(
        form,
        lambda: imports.choisir_les_colonnes(importation=importation, correspondance=form.correspondance, le=espace.le),
    )


# Vérification ----------------------------------------------------------------------------------------------


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
    refus = _refus_de(
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
    return _montrer(request, espace, "verification", contexte)


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


# Annulation ------------------------------------------------------------------------------------------------


def _annuler(request: HttpRequest, espace: Espace, importation: Importation) -> HttpResponse:
    refus = _refus_de(
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
