"""Importer un fichier d'élèves : le lire, choisir ses colonnes, l'appliquer d'un bloc, l'annuler (R13, écran O3).

Le fichier n'est pas gardé. Ses colonnes utiles attendent dans une `Importation`, effacées dès qu'elle est finie.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import ProtectedError, QuerySet

from candidatures.imports import siecle_xml
from candidatures.imports.colonnes import (
    Donnee,
    colonnes_a_garder,
    defauts_du_choix,
    donnees_manquantes,
    lettre_de_la_colonne,
    meme_fichier,
    porte_des_titres,
    reconnaitre_les_colonnes,
)
from candidatures.imports.plan import CHAMPS, Cadre, EleveLu, Plan, dresser_le_plan
from candidatures.imports.valeurs import en_texte
from candidatures.models import Candidature, Classe, Eleve
from candidatures.rules import cle_d_un_eleve
from comptes.copie import cles_reservees, inserer_en_bloc
from comptes.models import Personne, Trace
from comptes.services import consigner_plusieurs
from referentiel.models import Campagne, Etablissement
from referentiel.models.travaux import Importation
from referentiel.rules.calendrier import Nature
from referentiel.rules.identifiants import mettre_au_propre
from referentiel.rules.jeu import Niveau
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites, exiger_une_des_periodes
from referentiel.tableurs.lecture import FichierRefuse, Ligne, Tableau, lire, lire_le_texte

AJOUT = (Nature.INFORMATION, Nature.INSCRIPTION)
GARDE_D_UN_BROUILLON = timedelta(hours=24)
SIGNES_PAR_CASE = 200
IMPORTS_RELUS = 10
EN_COURS = (Importation.Etat.COLONNES, Importation.Etat.VERIFICATION)
TEXTE_COLLE = "Cellules collées"
FAIT_D_IMPORT = "import"

A_CHANGE = (
    "Des élèves ont été ajoutés ou modifiés depuis l’affichage de cette page. "
    "Vérifiez de nouveau ce qui va changer, puis importez."
)
EXPIRE = "Cet import a expiré et ses lignes sont effacées. Déposez de nouveau le fichier."
DEJA_INSCRITS = "Des élèves de cet import ont déjà une candidature\u00a0: il ne s’annule plus."


@contraintes_dites()
def deposer_un_fichier(
    *,
    etablissement: Etablissement,
    campagne: Campagne,
    contenu: bytes,
    nom: str,
    par: Personne,
    le: datetime,
) -> Importation:
    """Lit un fichier d'élèves (CSV, XLSX, XLS, ODS, XML de SIECLE nu ou zippé) et prépare son import (R13).

    Lève `PeriodeClose`, ou `FichierRefuse` si le fichier ne se lit pas ou vient d'un autre établissement.
    """
    exiger_une_des_periodes(campagne, AJOUT, etablissement_id=etablissement.pk, le=le)
    de_siecle = siecle_xml.est_du_xml_ou_son_zip(contenu)
    tableau = _export_de(etablissement, contenu) if de_siecle else lire(contenu, nom)
    return _preparer(etablissement, campagne, tableau, nom, de_siecle, par, le)


@contraintes_dites()
def deposer_des_cellules(
    *, etablissement: Etablissement, campagne: Campagne, texte: str, par: Personne, le: datetime
) -> Importation:
    """Prépare l'import de cellules collées depuis un tableur ou Pronote (R13). Lève comme `deposer_un_fichier`."""
    exiger_une_des_periodes(campagne, AJOUT, etablissement_id=etablissement.pk, le=le)
    return _preparer(etablissement, campagne, lire_le_texte(texte), TEXTE_COLLE, False, par, le)


@contraintes_dites()
def choisir_les_colonnes(*, importation: Importation, correspondance: Mapping[str, int], le: datetime) -> Importation:
    """Retient la colonne de chaque donnée ; les autres colonnes sont oubliées aussitôt (R13).

    Lève `Refus` si l'import a expiré ou n'en est plus là, ou si une donnée exigée n'a pas de colonne.
    """
    ligne = _verrouiller(importation)
    _exiger_l_etape(ligne, Importation.Etat.COLONNES, le)
    if defauts := defauts_du_choix(ligne.entetes, correspondance):
        raise Refus(" ".join(defauts.values()))
    gardees = {str(rang) for rang in correspondance.values()}
    ligne.lignes = [[numero, _seulement(cases, gardees)] for numero, cases in ligne.lignes]
    ligne.correspondance = dict(correspondance)
    ligne.etat = Importation.Etat.VERIFICATION
    ligne.save(update_fields=["lignes", "correspondance", "etat"])
    return ligne


def plan_de_l_import(
    *,
    importation: Importation,
    campagne: Campagne,
    confirmes: Collection[int] = (),
    connus: Sequence[Eleve] | None = None,
) -> Plan:
    """Ce que l'import ferait maintenant, sans rien écrire ; `confirmes` : lignes dites d'un autre élève (R10)."""
    lignes = list(_valeurs(importation))
    if connus is None:
        connus = list(_eleves_de(importation))
    cadre = Cadre(
        annee=campagne.annee,
        niveaux_admis=[Niveau(niveau) for niveau in campagne.regles.niveaux_admis],
        mef_admis=campagne.regles.mef_admis,
        connus=connus,
        ines_ailleurs=_ines_ailleurs(importation, campagne),
        confirmes=frozenset(confirmes),
    )
    return dresser_le_plan(lignes, cadre)


@contraintes_dites()
def appliquer_l_import(
    *,
    importation: Importation,
    campagne: Campagne,
    empreinte: str,
    ignorer_les_erreurs: bool = False,
    confirmes: Collection[int] = (),
    par: Personne,
    le: datetime,
) -> Importation:
    """Applique l'import tel qu'il a été montré, d'un bloc, en un nombre constant de requêtes (R13).

    `empreinte` est celle du plan montré. Un élève connu garde sa personne référente et ses candidatures. Appliqué
    deux fois, il n'a qu'un effet. Lève `PeriodeClose`, ou `Refus` : lignes en erreur que la personne n'a pas choisi
    d'ignorer, élèves changés depuis l'affichage, import expiré.
    """
    ligne = _verrouiller(importation)
    if ligne.etat == Importation.Etat.APPLIQUEE:
        return ligne
    _exiger_l_etape(ligne, Importation.Etat.VERIFICATION, le)
    exiger_une_des_periodes(campagne, AJOUT, etablissement_id=_lieu(ligne)[1], le=le)
    _tenir(ligne)
    connus = list(_eleves_de(ligne).select_for_update(of=("self",), no_key=True).order_by("pk"))
    plan = plan_de_l_import(importation=ligne, campagne=campagne, confirmes=confirmes, connus=connus)
    if plan.empreinte != empreinte:
        raise Refus(A_CHANGE)
    if plan.erreurs and not ignorer_les_erreurs:
        raise Refus(_dire_les_erreurs(len(plan.erreurs)))
    ajoutes = _ajouter(ligne, plan, connus, par, le)
    changes = _mettre_a_jour(plan, par, le)
    ligne.rapport = _rapport(plan, ajoutes, changes, {connu.classe for connu in connus})
    return _finir(ligne, Importation.Etat.APPLIQUEE, le)


@contraintes_dites()
def abandonner_l_import(*, importation: Importation, le: datetime) -> Importation:
    """Abandonne un import en cours : ses lignes sont effacées, aucun élève ne change."""
    ligne = _verrouiller(importation)
    return _finir(ligne, Importation.Etat.ABANDONNEE, le) if ligne.etat in EN_COURS else ligne


def pourquoi_pas_annuler(importation: Importation) -> str | None:
    """Raison pour laquelle un import appliqué ne s'annule pas, ou `None`."""
    if importation.etat != Importation.Etat.APPLIQUEE:
        return "Seul un import appliqué s’annule."
    if importation.rapport.get("annule_le"):
        return "Cet import est déjà annulé."
    inscrits = Candidature.objects.filter(eleve__in=importation.rapport["eleves_ajoutes"])
    return DEJA_INSCRITS if inscrits.exists() else None


@contraintes_dites()
def annuler_l_import(*, importation: Importation, campagne: Campagne, par: Personne, le: datetime) -> Importation:
    """Retire les élèves qu'un import a ajoutés et rend aux autres leurs valeurs d'avant (écran O3).

    Une valeur changée depuis n'est pas touchée. Lève `PeriodeClose`, ou `Refus` si un élève ajouté a déjà une
    candidature.
    """
    ligne = _verrouiller(importation)
    if (ligne.rapport or {}).get("annule_le"):
        return ligne
    exiger_une_des_periodes(campagne, AJOUT, etablissement_id=_lieu(ligne)[1], le=le)
    ajoutes, changes = _eleves_touches(ligne)
    if raison := pourquoi_pas_annuler(ligne):
        raise Refus(raison)
    _retirer(ajoutes, par, le)
    rendus = _rendre(ligne, changes, par, le)
    ligne.rapport |= {"annule_le": le.isoformat(), "retires": len(ajoutes), "rendus": rendus}
    ligne.save(update_fields=["rapport"])
    return ligne


# Déposer ---------------------------------------------------------------------------------------------------


def _export_de(etablissement: Etablissement, contenu: bytes) -> Tableau:
    export = siecle_xml.lire_l_export(contenu)
    if not Etablissement.objects.connu_sous(export.uai).filter(pk=etablissement.pk).exists():
        d_ou = f"celui de l’établissement {export.uai}" if export.uai else "d’un établissement qu’il ne nomme pas"
        raise FichierRefuse(f"Cet export est {d_ou}. Exportez les élèves de {etablissement} depuis SIECLE.")
    return export.tableau


def _preparer(
    etablissement: Etablissement,
    campagne: Campagne,
    tableau: Tableau,
    nom: str,
    de_siecle: bool,
    par: Personne,
    le: datetime,
) -> Importation:
    tableau = tableau if porte_des_titres(tableau.entetes) else _avec_des_titres(tableau)
    retenue = _correspondance_retenue(etablissement, tableau.entetes)
    correspondance = retenue or reconnaitre_les_colonnes(tableau.entetes)
    sure = (de_siecle or retenue is not None) and not donnees_manquantes(correspondance)
    for brouillon in _brouillons(etablissement, par):
        _finir(brouillon, Importation.Etat.ABANDONNEE, le)
    return Importation.objects.create(
        nature=Importation.Nature.ELEVES,
        etat=Importation.Etat.VERIFICATION if sure else Importation.Etat.COLONNES,
        academie=etablissement.academie,
        campagne=campagne,
        etablissement=etablissement,
        par=par,
        nom_du_fichier=nom[-120:],
        entetes=[entete[:SIGNES_PAR_CASE] for entete in tableau.entetes],
        correspondance=correspondance,
        lignes=_lignes(tableau, colonnes_a_garder(tableau.entetes, correspondance)),
        cree_le=le,
        expire_le=le + GARDE_D_UN_BROUILLON,
    )


def _avec_des_titres(tableau: Tableau) -> Tableau:
    """Le même tableau, quand sa première ligne est déjà celle d'un élève : « Colonne A », « Colonne B »…"""
    titres = tuple(f"Colonne {lettre_de_la_colonne(rang)}" for rang in range(len(tableau.entetes)))
    premiere = Ligne(max(tableau.lignes[0].numero - 1, 1), tableau.entetes)
    return Tableau(titres, (premiere, *tableau.lignes))


def _correspondance_retenue(etablissement: Etablissement, entetes: Sequence[str]) -> dict[str, int] | None:
    """Colonnes choisies au dernier import appliqué d'un fichier de mêmes en-têtes, dans cet établissement."""
    appliques = Importation.objects.filter(
        nature=Importation.Nature.ELEVES, etablissement=etablissement, etat=Importation.Etat.APPLIQUEE
    ).order_by("-applique_le")[:IMPORTS_RELUS]
    for connus, correspondance in appliques.values_list("entetes", "correspondance"):
        if meme_fichier(connus, entetes):
            return correspondance
    return None


def _brouillons(etablissement: Etablissement, par: Personne) -> QuerySet[Importation]:
    """Imports que cette personne a laissés en cours ici : un nouveau dépôt les remplace."""
    siens = Importation.objects.filter(nature=Importation.Nature.ELEVES, etablissement=etablissement, par=par)
    return siens.filter(etat__in=EN_COURS).select_for_update(of=("self",))


def _lignes(tableau: Tableau, gardees: Sequence[int]) -> list[list[Any]]:
    """Numéro et cases non vides de chaque ligne, par rang de colonne ; rien d'autre n'est gardé."""
    return [
        [ligne.numero, {str(rang): texte for rang in gardees if (texte := _case(ligne.cellules[rang]))}]
        for ligne in tableau.lignes
    ]


def _case(cellule: object) -> str:
    return en_texte(cellule).replace("\x00", "")[:SIGNES_PAR_CASE]


def _seulement(cases: Mapping[str, str], gardees: Collection[str]) -> dict[str, str]:
    return {rang: texte for rang, texte in cases.items() if rang in gardees}


# Comparer --------------------------------------------------------------------------------------------------


def _valeurs(importation: Importation) -> Iterable[tuple[int, dict[Donnee, str]]]:
    donnees = {str(rang): Donnee(donnee) for donnee, rang in importation.correspondance.items()}
    for numero, cases in importation.lignes:
        yield numero, {donnees[rang]: texte for rang, texte in cases.items() if rang in donnees}


def _eleves_de(importation: Importation) -> QuerySet[Eleve]:
    return Eleve.objects.filter(campagne=importation.campagne_id, etablissement=importation.etablissement_id)


def _ines_ailleurs(importation: Importation, campagne: Campagne) -> frozenset[str]:
    rang = str(importation.correspondance.get(Donnee.INE, ""))
    ines = {mettre_au_propre(cases[rang]) for _, cases in importation.lignes if rang in cases}
    ailleurs = Eleve.objects.filter(campagne=campagne, ine__in=ines).exclude(etablissement=importation.etablissement_id)
    return frozenset(ailleurs.values_list("ine", flat=True)) if ines else frozenset()


# Écrire ----------------------------------------------------------------------------------------------------


def _verrouiller(importation: Importation) -> Importation:
    return Importation.objects.select_for_update(of=("self",)).get(pk=importation.pk)


def _lieu(importation: Importation) -> tuple[int, int]:
    """Campagne et établissement d'un import d'élèves, qui a toujours les deux."""
    assert importation.campagne_id is not None
    assert importation.etablissement_id is not None
    return importation.campagne_id, importation.etablissement_id


def _tenir(importation: Importation) -> None:
    """Les ajouts au même établissement passent l'un après l'autre, comme ceux du formulaire."""
    Etablissement.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=_lieu(importation)[1])


def _exiger_l_etape(importation: Importation, etape: str, le: datetime) -> None:
    if importation.etat == etape and importation.expire_le > le:
        return
    raise Refus(EXPIRE if importation.etat in EN_COURS and importation.expire_le <= le else "Cet import est terminé.")


def _dire_les_erreurs(nombre: int) -> str:
    combien = "Une ligne est" if nombre == 1 else f"{nombre} lignes sont"
    return (
        f"{combien} en erreur\u00a0: rien n’est importé. Corrigez le fichier, "
        "ou cochez la case qui importe les lignes correctes."
    )


def _ajouter(importation: Importation, plan: Plan, connus: Sequence[Eleve], par: Personne, le: datetime) -> list[Eleve]:
    referents = _referents_des_classes(importation)
    cles = cles_reservees(Eleve, len(plan.ajouts))
    ajoutes = [
        _nouvel_eleve(importation, ligne.eleve, referents, cle, le)
        for cle, ligne in zip(cles, plan.ajouts, strict=True)
    ]
    inserer_en_bloc(ajoutes)
    consigner_plusieurs(
        phrases=[(eleve, "Élève ajouté par import.") for eleve in ajoutes],
        fait=FAIT_D_IMPORT,
        par=par,
        le=le,
        changements={eleve.pk: ({}, _lisible({champ: getattr(eleve, champ) for champ in CHAMPS})) for eleve in ajoutes},
    )
    return ajoutes


def _referents_des_classes(importation: Importation) -> dict[str, tuple[str, str]]:
    classes = Classe.objects.filter(campagne=importation.campagne_id, etablissement=importation.etablissement_id)
    return {
        nom: (qui, courriel) for nom, qui, courriel in classes.values_list("nom", "referent_nom", "referent_courriel")
    }


def _nouvel_eleve(
    importation: Importation, lu: EleveLu, referents: Mapping[str, tuple[str, str]], pk: int, le: datetime
) -> Eleve:
    referent_nom, referent_courriel = referents.get(lu.classe, ("", ""))
    campagne_id, etablissement_id = _lieu(importation)
    return Eleve(
        pk=pk,
        campagne_id=campagne_id,
        etablissement_id=etablissement_id,
        cle=lu.cle,
        referent_nom=referent_nom,
        referent_courriel=referent_courriel,
        cree_le=le,
        **{champ: getattr(lu, champ) for champ in CHAMPS},
    )


def _mettre_a_jour(plan: Plan, par: Personne, le: datetime) -> list[Eleve]:
    changes, changements = [], {}
    for mise_a_jour in plan.mises_a_jour:
        eleve: Eleve = mise_a_jour.connu  # type: ignore[assignment]
        avant, apres = {}, {}
        for champ, ancienne, nouvelle in mise_a_jour.changements:
            setattr(eleve, champ, nouvelle)
            avant[champ], apres[champ] = ancienne, nouvelle
        changes.append(eleve)
        changements[eleve.pk] = (_lisible(avant), _lisible(apres))
    _ecrire(changes)
    consigner_plusieurs(
        phrases=[(eleve, "Élève mis à jour par import.") for eleve in changes],
        fait=FAIT_D_IMPORT,
        par=par,
        le=le,
        changements=changements,
    )
    return changes


def _ecrire(eleves: Sequence[Eleve]) -> None:
    """Écrit d'une requête les élèves changés, que l'appelant tient verrouillés."""
    for eleve in eleves:
        eleve.cle = cle_d_un_eleve(eleve.nom, eleve.prenom)
    Eleve.objects.bulk_create(eleves, update_conflicts=True, unique_fields=["id"], update_fields=[*CHAMPS, "cle"])


def _lisible(valeurs: Mapping[str, object]) -> dict[str, str]:
    return {champ: str(valeur) for champ, valeur in valeurs.items() if valeur}


def _rapport(plan: Plan, ajoutes: Sequence[Eleve], changes: Sequence[Eleve], classes: set[str]) -> dict[str, Any]:
    """Ce qui reste d'un import : des nombres, des classes, les clés des élèves ; aucun nom."""
    return {
        "ajoutes": len(ajoutes),
        "mis_a_jour": len(changes),
        "inchanges": plan.inchanges,
        "ignores": len(plan.erreurs),
        "ecartes": dict(plan.ecartes),
        "classes": sorted({eleve.classe for eleve in ajoutes} - classes),
        "eleves_ajoutes": [eleve.pk for eleve in ajoutes],
        "eleves_mis_a_jour": [eleve.pk for eleve in changes],
    }


def _finir(importation: Importation, etat: str, le: datetime) -> Importation:
    importation.etat, importation.lignes = etat, []
    importation.applique_le = le if etat == Importation.Etat.APPLIQUEE else None
    importation.save(update_fields=["etat", "lignes", "applique_le", "rapport"])
    return importation


# Annuler ---------------------------------------------------------------------------------------------------


def _eleves_touches(importation: Importation) -> tuple[list[Eleve], list[Eleve]]:
    """Élèves ajoutés et élèves changés par l'import, encore ici, verrouillés dans l'ordre de leurs clés."""
    ajoutes, changes = (set(importation.rapport.get(cle, ())) for cle in ("eleves_ajoutes", "eleves_mis_a_jour"))
    tenus = list(
        _eleves_de(importation).select_for_update(of=("self",)).filter(pk__in=ajoutes | changes).order_by("pk")
    )
    return [eleve for eleve in tenus if eleve.pk in ajoutes], [eleve for eleve in tenus if eleve.pk in changes]


def _retirer(eleves: Sequence[Eleve], par: Personne, le: datetime) -> None:
    consigner_plusieurs(
        phrases=[(eleve, "Élève retiré\u00a0: son import est annulé.") for eleve in eleves],
        fait="import_annule",
        par=par,
        le=le,
    )
    try:
        Eleve.objects.filter(pk__in=[eleve.pk for eleve in eleves]).delete()
    except ProtectedError:
        raise Refus(DEJA_INSCRITS) from None


def _rendre(importation: Importation, changes: Sequence[Eleve], par: Personne, le: datetime) -> int:
    """Rend leurs valeurs d'avant aux élèves mis à jour ; une valeur changée depuis reste. Rend leur nombre."""
    assert importation.applique_le is not None
    eleves = {eleve.pk: eleve for eleve in changes}
    traces = Trace.objects.filter(
        objet_type=Eleve._meta.label_lower, objet_id__in=eleves, fait=FAIT_D_IMPORT, le=importation.applique_le
    )
    changements = {}
    for trace in traces:
        if rendues := _valeurs_rendues(eleves[trace.objet_id], trace):
            changements[trace.objet_id] = rendues
    rendus = [eleves[cle] for cle in changements]
    _ecrire(rendus)
    consigner_plusieurs(
        phrases=[(eleve, "Informations rendues\u00a0: l’import est annulé.") for eleve in rendus],
        fait="import_annule",
        par=par,
        le=le,
        changements=changements,
    )
    return len(rendus)


def _valeurs_rendues(eleve: Eleve, trace: Trace) -> tuple[dict[str, str], dict[str, str]] | None:
    """Repose sur `eleve` les valeurs d'avant ; rend ce qui était et ce qui est, ou `None` si rien ne bouge."""
    avant, apres = {}, {}
    for champ, posee in trace.apres.items():
        if str(getattr(eleve, champ)) == posee:
            ancienne = trace.avant.get(champ, "")
            setattr(eleve, champ, date.fromisoformat(ancienne) if champ == "date_de_naissance" else ancienne)
            avant[champ], apres[champ] = posee, ancienne
    return (avant, apres) if apres else None
