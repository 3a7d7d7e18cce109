"""Les colonnes d'un fichier d'élèves : les reconnaître, n'en garder que l'utile, vérifier leur choix (R13)."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from referentiel.rules.colonnes import cle_d_entete, reconnaitre
from referentiel.rules.identifiants import pourquoi_pas_un_ine

FORME_D_UNE_DATE = re.compile(r"^(\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d{2}-\d{2})$")
Correspondance = Mapping[str, int]


class Donnee(StrEnum):
    """Ce que Passpro lit d'un élève."""

    NOM = "nom"
    PRENOM = "prenom"
    NOM_PRENOM = "nom_prenom"
    NAISSANCE = "naissance"
    INE = "ine"
    CLASSE = "classe"
    NIVEAU = "niveau"
    MEF = "mef"
    LIBELLE_MEF = "libelle_mef"
    SORTIE = "sortie"
    STRUCTURE = "structure"


LIBELLES: dict[Donnee, str] = {
    Donnee.NOM: "Nom",
    Donnee.PRENOM: "Prénom",
    Donnee.NOM_PRENOM: "Nom et prénom dans une même colonne",
    Donnee.NAISSANCE: "Date de naissance",
    Donnee.INE: "INE",
    Donnee.CLASSE: "Classe",
    Donnee.NIVEAU: "Niveau",
    Donnee.MEF: "Code MEF",
    Donnee.LIBELLE_MEF: "Libellé du MEF",
    Donnee.SORTIE: "Date de sortie",
    Donnee.STRUCTURE: "Type de structure",
}
EXIGEES = (Donnee.NOM, Donnee.PRENOM, Donnee.NAISSANCE, Donnee.CLASSE)
# Celles de SIECLE qui trient les lignes : elles ne se montrent que si le fichier les a.
DE_SIECLE = frozenset({Donnee.MEF, Donnee.LIBELLE_MEF, Donnee.SORTIE, Donnee.STRUCTURE})

# En-têtes de SIECLE (« Elèves Complète », extraction personnalisée, XML) et de Pronote, le plus sûr en premier.
ENTETES: dict[Donnee, tuple[str, ...]] = {
    Donnee.NOM: ("Nom de famille", "Nom", "Nom de l’élève", "Nom élève", "Nom de naissance", "Nom patronymique"),
    Donnee.PRENOM: ("Prénom", "Prénom 1", "Prénoms", "Prénom de l’élève", "Prénom élève", "Premier prénom"),
    Donnee.NOM_PRENOM: (
        "Élèves",
        "Élève",
        "Nom Prénom",
        "Nom et prénom",
        "Nom et prénom de l’élève",
        "Nom, prénom",
        "Nom prénom élève",
    ),
    Donnee.NAISSANCE: (
        "Date de naissance",
        "Date Naissance",
        "Né(e) le",
        "Né le",
        "Née le",
        "DATE_NAISS",
        "Date naiss",
        "Naissance",
    ),
    Donnee.INE: (
        "INE",
        "Id National",
        "Identifiant national",
        "Identifiant national élève",
        "Numéro INE",
        "Numéro national",
        "N° INE",
        "INE_RNIE",
    ),
    Donnee.CLASSE: ("Division", "Classe", "Code Structure", "Code division", "Classes", "Classe de rattachement"),
    Donnee.NIVEAU: ("Niveau", "Niveau de l’élève", "Niveau Passpro"),
    Donnee.MEF: ("Code MEF", "MEF", "Code formation"),
    Donnee.LIBELLE_MEF: ("Lib. MEF", "Libellé MEF", "Libellé du MEF", "Formation", "Libellé formation"),
    Donnee.SORTIE: ("Date Sortie", "Date de sortie", "Sorti le", "Sorti(e) le", "Date de départ"),
    Donnee.STRUCTURE: ("Type Structure", "Type de structure"),
}

# Un en-tête qui porte l'un de ces mots ne sert à rien ici : sa colonne n'est jamais gardée, même inconnue.
MOTS_SANS_BESOIN = re.compile(
    r"\b(adhesion|adresse|allergie|absences?|autorisation|bourses?|boursier|circuit|civilite|commentaire|commune|"
    r"courriel|departement|dept|doublement|doss|email|entree|etab|etablissement|genre|groupes?|langue|leg|legal|legaux|"
    r"lien|lieu|ligne|lv1|lv2|mail|mat|matiere|medic|medical|mel|mere|modalite|modification|motif|moyenne|nat|"
    r"nationalite|notes?|num|numero|observation|options?|pai|pap|parents?|parente|pays|pere|photo|portable|postal|ppre|"
    r"provenance|regime|repr|representant|responsable|sante|scol|sexe|sms|tel|telephone|transport|tuteur|usage|ville)\b"
)
ENTETES_SANS_BESOIN = frozenset({"prenom 2", "prenom 3", "lib structure", "libelle structure", "eleve id", "elenoet"})


def reconnaitre_les_colonnes(entetes: Sequence[str]) -> dict[str, int]:
    """Rang de la colonne de chaque donnée reconnue à son en-tête.

    Nom et prénom séparés l'emportent sur la colonne qui les réunit ; un « Nom » sans « Prénom » est celle-ci.
    """
    trouvees = reconnaitre(entetes, {donnee.value: noms for donnee, noms in ENTETES.items()})
    if Donnee.NOM in trouvees and Donnee.PRENOM in trouvees:
        trouvees.pop(Donnee.NOM_PRENOM, None)
    elif Donnee.NOM in trouvees or Donnee.NOM_PRENOM in trouvees:
        nom = trouvees.pop(Donnee.NOM, -1)
        trouvees.pop(Donnee.PRENOM, None)
        trouvees.setdefault(Donnee.NOM_PRENOM.value, nom)
    return trouvees


def porte_des_titres(entetes: Sequence[str]) -> bool:
    """Faux si la première ligne est déjà celle d'un élève : aucun titre connu, et une date ou un INE."""
    if reconnaitre_les_colonnes(entetes):
        return True
    return not any(FORME_D_UNE_DATE.match(entete) or pourquoi_pas_un_ine(entete) is None for entete in entetes)


def colonnes_a_garder(entetes: Sequence[str], correspondance: Correspondance) -> list[int]:
    """Rangs des colonnes à garder : les reconnues seules, ou aussi les inconnues s'il manque une donnée exigée.

    Une colonne que l'on sait inutile (représentants légaux, bourse, santé…) ne l'est jamais (R13, R40).
    """
    reconnues = set(correspondance.values())
    if not donnees_manquantes(correspondance):
        return sorted(reconnues)
    return [rang for rang, entete in enumerate(entetes) if rang in reconnues or not _sans_besoin(entete)]


def donnees_manquantes(correspondance: Correspondance) -> list[Donnee]:
    """Données exigées sans colonne ; une colonne « nom et prénom » vaut pour les deux."""
    reunis = {Donnee.NOM, Donnee.PRENOM} if Donnee.NOM_PRENOM in correspondance else set()
    return [donnee for donnee in EXIGEES if donnee not in correspondance and donnee not in reunis]


def defauts_du_choix(entetes: Sequence[str], correspondance: Correspondance) -> dict[Donnee, str]:
    """Ce qui ne va pas dans un choix de colonnes, par donnée ; vide s'il est bon (écran O3)."""
    defauts = {
        donnee: f"Choisissez une colonne pour «\u00a0{LIBELLES[donnee]}\u00a0»."
        for donnee in donnees_manquantes(correspondance)
    }
    vues: set[int] = set()
    for donnee in Donnee:
        rang = correspondance.get(donnee, -1)
        if rang in vues:
            defauts[donnee] = f"La colonne «\u00a0{nom_de_la_colonne(entetes, rang)}\u00a0» est utilisée deux fois."
        elif rang >= 0:
            vues.add(rang)
    if Donnee.NOM_PRENOM in correspondance and (deux := {Donnee.NOM, Donnee.PRENOM} & correspondance.keys()):
        trop = LIBELLES[Donnee(min(deux))]
        defauts[Donnee.NOM_PRENOM] = (
            "Choisissez soit cette colonne, soit «\u00a0Nom\u00a0» et «\u00a0Prénom\u00a0»\u00a0: "
            f"«\u00a0{trop}\u00a0» est déjà choisi."
        )
    return defauts


def nom_de_la_colonne(entetes: Sequence[str], rang: int) -> str:
    """L'en-tête, ou « Colonne C » quand la case est vide."""
    return entetes[rang].strip() or f"Colonne {lettre_de_la_colonne(rang)}"


def lettre_de_la_colonne(rang: int) -> str:
    """« A » pour 0, « AA » pour 26, comme dans un tableur."""
    lettres = ""
    rang += 1
    while rang:
        rang, reste = divmod(rang - 1, 26)
        lettres = chr(ord("A") + reste) + lettres
    return lettres


def meme_fichier(entetes: Sequence[str], autres: Sequence[str]) -> bool:
    """Vrai si deux fichiers ont les mêmes en-têtes, dans le même ordre, à la casse et aux espaces près."""
    return [cle_d_entete(entete) for entete in entetes] == [cle_d_entete(entete) for entete in autres]


def _sans_besoin(entete: str) -> bool:
    cle = cle_d_entete(entete)
    return cle in ENTETES_SANS_BESOIN or MOTS_SANS_BESOIN.search(cle) is not None
