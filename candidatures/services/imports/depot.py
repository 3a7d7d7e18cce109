"""Déposer un fichier d'élèves ou des cellules, puis choisir ses colonnes (R13).

Le fichier n'est pas gardé. Ses colonnes utiles attendent dans une `Importation`, effacées dès qu'elle est finie.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from candidatures.imports import siecle_xml
from candidatures.imports.colonnes import (
    colonnes_a_garder,
    defauts_du_choix,
    donnees_manquantes,
    lettre_de_la_colonne,
    meme_fichier,
    porte_des_titres,
    reconnaitre_les_colonnes,
)
from candidatures.imports.valeurs import en_texte
from candidatures.services.eleves.ajout import AJOUT
from candidatures.services.imports.etapes import (
    EN_COURS,
    GARDE_D_UN_BROUILLON,
    exiger_l_etape,
    finir,
    verrouiller,
)
from comptes.models import Personne
from referentiel.models import Campagne, Etablissement
from referentiel.models.travaux import Importation
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites, exiger_une_des_periodes
from referentiel.tableurs.lecture import FichierRefuse, Ligne, Tableau, lire, lire_le_texte

SIGNES_PAR_CASE = 200
IMPORTS_RELUS = 10
TEXTE_COLLE = "Cellules collées"


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
    ligne = verrouiller(importation)
    exiger_l_etape(ligne, Importation.Etat.COLONNES, le)
    if defauts := defauts_du_choix(ligne.entetes, correspondance):
        raise Refus(" ".join(defauts.values()))
    gardees = {str(rang) for rang in correspondance.values()}
    ligne.lignes = [[numero, _seulement(cases, gardees)] for numero, cases in ligne.lignes]
    ligne.correspondance = dict(correspondance)
    ligne.etat = Importation.Etat.VERIFICATION
    ligne.save(update_fields=["lignes", "correspondance", "etat"])
    return ligne


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
        finir(brouillon, Importation.Etat.ABANDONNEE, le)
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
