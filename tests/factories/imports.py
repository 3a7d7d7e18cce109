"""Des fichiers d'élèves inventés, dans leur vraie forme : SIECLE (extractions, XML, ZIP), Pronote, classeurs."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date

from candidatures.services import imports
from referentiel.models import Campagne
from referentiel.models.travaux import Importation
from referentiel.tableurs.ecriture import Feuille, en_xlsx

# L'extraction « Elèves Complète » : ses 136 en-têtes, dans l'ordre.
MATIERES = [
    f"{entete} {rang}"
    for rang in range(1, 13)
    for entete in (
        "Clé Gestion Mat. Enseignée",
        "Lib. Mat. Enseignée",
        "Code Modalité Elect.",
        "Lib. Modalité Elect.",
    )
]
DU_REPRESENTANT = [
    "Civilité",
    "Nom de famille",
    "Nom d'usage",
    "Prénom",
    "Tél. Personnel",
    "Lien Parenté",
    "Tél. Portable",
    "Tél. Professionnel",
    "Email",
    "Communication Adresse postale et courriel",
    "Ligne Adresse 1",
    "Ligne Adresse 2",
    "Ligne Adresse 3",
    "Ligne Adresse 4",
    "Lib. Postal",
    "Code Postal",
    "Code Département",
    "Commune Etrangère",
    "Pays",
]
ELEVES_COMPLETE = [
    "Sexe",
    "Pays Nat.",
    "Elève No Etab",
    "Num. Elève Etab",
    "Nom de famille",
    "Nom d'usage",
    "Prénom",
    "Prénom 2",
    "Prénom 3",
    "Date Naissance",
    "Doublement",
    "Id National",
    "Date Entrée",
    "Date Sortie",
    "Adhésion Transport",
    "Date Modification",
    "Autorisation Abs. Perm.",
    "Autorisation Abs. Temp.",
    "Présence Doss. Médic.",
    "Présence Doss. Scol.",
    "Ville Naiss. Etrangère",
    "Commune Naiss.",
    "Pays Naiss.",
    "Code Régime",
    "Lib. Régime",
    "Motif Sortie",
    "Code Circuit",
    "Lib. Circuit",
    "Code Bourse 1",
    "Lib. Bourse 1",
    "Code Bourse 2",
    "Lib. Bourse 2",
    "Code MEF",
    "Lib. MEF",
    "Code Structure",
    "Type Structure",
    "Lib. Structure",
    *MATIERES,
    "Tél. Personnel",
    "Tél. Professionnel",
    "Tél. Portable",
    "Email",
    "Ligne Adresse 1",
    "Ligne Adresse 2",
    "Ligne Adresse 3",
    "Ligne Adresse 4",
    "Lib. Postal",
    "Code Postal",
    "Département",
    "Commune Etrangère",
    "Pays",
    *(f"{entete} Repr. Lég. 1" for entete in DU_REPRESENTANT),
    *(f"{entete} Repr. Lég. 2" for entete in DU_REPRESENTANT),
]
EXTRACTION_PERSONNALISEE = [
    "Nom de famille",
    "Prénom 1",
    "Date de naissance",
    "Division",
    "Nom de famille repr. légal",
    "Prénom repr. légal",
    "Courriel repr. légal",
    "Nom de famille autre repr. légal",
    "Prénom autre repr. légal",
    "Courriel autre repr. légal",
]
PRONOTE = ["Élèves", "Né(e) le", "Adresse E-mail", "Classe", "Groupe"]
INE = "123456789AB"


def ine_invente(rang: int) -> str:
    """INE de bonne forme, un par rang."""
    lettres = "ABCDEFGHJK"
    return f"{980_000_000 + rang:09d}{lettres[rang % 10]}{lettres[rang // 10 % 10]}"


def en_csv(entetes: Sequence[str], lignes: Iterable[Sequence[str]], *, separateur=";", encodage="utf-8") -> bytes:
    sortie = io.StringIO()
    plume = csv.writer(sortie, delimiter=separateur, lineterminator="\r\n")
    plume.writerows([entetes, *lignes])
    return sortie.getvalue().encode(encodage)


def en_classeur(entetes: Sequence[str], lignes: Iterable[Sequence[object]]) -> bytes:
    return en_xlsx(Feuille("Élèves", entetes, list(lignes)))


def ligne_complete(**valeurs: str) -> list[str]:
    """Une ligne d'« Elèves Complète » : les en-têtes en mots-clés, et partout ailleurs ce qu'il ne faut pas lire."""
    noms = {
        "nom": "Nom de famille",
        "prenom": "Prénom",
        "naissance": "Date Naissance",
        "ine": "Id National",
        "sortie": "Date Sortie",
        "mef": "Code MEF",
        "libelle_mef": "Lib. MEF",
        "classe": "Code Structure",
        "structure": "Type Structure",
    }
    connues = {noms[cle]: valeur for cle, valeur in {**DIALLO, "structure": "D", "sortie": "", **valeurs}.items()}
    vides = {"Code MEF", "Lib. MEF", "Id National"}
    return [
        connues.get(entete, "" if entete in vides else f"secret-{rang}") for rang, entete in enumerate(ELEVES_COMPLETE)
    ]


DIALLO = {"nom": "DIALLO", "prenom": "Yanis", "naissance": "14/05/2012", "classe": "3B"}


def eleve_xml(rang: int = 1, **balises: str) -> dict[str, str]:
    return {
        "ELEVE_ID": str(rang),
        "ID_NATIONAL": ine_invente(rang),
        "NOM_DE_FAMILLE": f"DIALLO{rang}",
        "PRENOM": "Yanis",
        "DATE_NAISS": "14/05/2012",
        "CODE_MEF": "10310019110",
        "CODE_STRUCTURE": "3B",
        **balises,
    }


def siecle_xml(uai: str, eleves: Iterable[dict[str, str]], *, tete: str = "") -> bytes:
    """« ElevesSansAdresses.xml », en ISO-8859-15, avec ce que SIECLE y met et que Passpro ne lit pas."""
    eleves = list(eleves)
    corps = "".join(_eleve(eleve) for eleve in eleves)
    structures = "".join(_structures(eleve) for eleve in eleves if eleve.get("CODE_STRUCTURE"))
    return (
        f'<?xml version="1.0" encoding="ISO-8859-15"?>\n{tete}'
        f'<BEE_ELEVES VERSION="2.1"><PARAMETRES><UAJ>{uai}</UAJ><ANNEE_SCOLAIRE>2026</ANNEE_SCOLAIRE>'
        "<DATE_EXPORT>10/03/2027</DATE_EXPORT><HORODATAGE>10/03/2027 07:12:00</HORODATAGE></PARAMETRES>"
        f'<DONNEES><ELEVES>{corps}</ELEVES><OPTIONS><OPTION ELEVE_ID="1"><OPTIONS_ELEVE><NUM_OPTION>1</NUM_OPTION>'
        "<CODE_MATIERE>030001</CODE_MATIERE></OPTIONS_ELEVE></OPTION></OPTIONS>"
        f'<STRUCTURES>{structures}</STRUCTURES><BOURSES><BOURSES_ELEVE ELEVE_ID="1"><CODE_BOURSE>secret</CODE_BOURSE>'
        "</BOURSES_ELEVE></BOURSES></DONNEES></BEE_ELEVES>"
    ).encode("iso-8859-15")


def _eleve(eleve: dict[str, str]) -> str:
    lues = "".join(
        f"<{balise}>{valeur}</{balise}>"
        for balise, valeur in eleve.items()
        if balise not in {"ELEVE_ID", "CODE_STRUCTURE"}
    )
    return (
        f'<ELEVE ELEVE_ID="{eleve["ELEVE_ID"]}" ELENOET="1{eleve["ELEVE_ID"]}">{lues}<DOUBLEMENT>0</DOUBLEMENT>'
        "<CODE_PAYS_NAT>secret</CODE_PAYS_NAT><CODE_SEXE>1</CODE_SEXE><SCOLARITE_AN_DERNIER>"
        "<CODE_MEF>10210001110</CODE_MEF><CODE_STRUCTURE>4A</CODE_STRUCTURE></SCOLARITE_AN_DERNIER></ELEVE>"
    )


def _structures(eleve: dict[str, str]) -> str:
    return (
        f'<STRUCTURES_ELEVE ELEVE_ID="{eleve["ELEVE_ID"]}">'
        "<STRUCTURE><CODE_STRUCTURE>3GR1</CODE_STRUCTURE><TYPE_STRUCTURE>G</TYPE_STRUCTURE></STRUCTURE>"
        f"<STRUCTURE><CODE_STRUCTURE>{eleve['CODE_STRUCTURE']}</CODE_STRUCTURE><TYPE_STRUCTURE>D</TYPE_STRUCTURE>"
        "</STRUCTURE></STRUCTURES_ELEVE>"
    )


def en_zip(contenu: bytes, nom: str = "ElevesSansAdresses.xml", **autres: bytes) -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(nom, contenu)
        for autre, octets in autres.items():
            archive.writestr(autre, octets)
    return sortie.getvalue()


def des_eleves(nombre: int) -> list[list[object]]:
    """Lignes « Nom, Prénom, Date de naissance, INE, Classe » d'autant d'élèves."""
    return [
        [f"NOM{rang}", "Camille", date(2012, 1 + rang % 12, 1 + rang % 28), ine_invente(rang), f"3{'ABCDE'[rang % 5]}"]
        for rang in range(nombre)
    ]


TITRES = ["Nom", "Prénom", "Date de naissance", "INE", "Classe"]


def imports_de_chaque_etape(scene) -> dict[str, str]:
    """Codes de trois imports du collège d'une scène : appliqué, déposé, vérifié."""
    chef, gestionnaire = scene.chef_origine.personne, scene.gestionnaire_origine.personne
    campagne = Campagne.objects.avec_regles().get(pk=scene.campagne.pk)
    commun = {"etablissement": scene.college, "campagne": campagne, "le": scene.le, "nom": "eleves.csv"}

    def verifie(par, *lignes) -> Importation:
        depose = imports.deposer_un_fichier(contenu=en_csv(TITRES, lignes), par=par, **commun)
        if depose.etat == Importation.Etat.COLONNES:
            return imports.choisir_les_colonnes(importation=depose, correspondance=depose.correspondance, le=scene.le)
        return depose

    applique = verifie(chef, ["IMPORTÉ", "Camille", "14/05/2012", "", "3e B"])
    imports.appliquer_l_import(
        importation=applique,
        campagne=campagne,
        empreinte=imports.plan_de_l_import(importation=applique, campagne=campagne).empreinte,
        par=chef,
        le=scene.le,
    )
    sans_classe = en_csv(["Nom", "Prénom", "Né(e) le"], [["SOW", "Awa", "14/05/2012"]])
    depose = imports.deposer_un_fichier(contenu=sans_classe, par=chef, **commun)
    return {
        "import_applique": applique.code,
        "import_depose": depose.code,
        "import_verifie": verifie(gestionnaire, ["SOW", "?", "14/05/2012", "", "3e B"]).code,
    }
