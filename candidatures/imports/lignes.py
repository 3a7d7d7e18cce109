"""L'élève d'une ligne, si la campagne l'admet (R10, R11)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from candidatures.imports.colonnes import Donnee
from candidatures.imports.eleves import Connu, EleveLu
from candidatures.imports.niveaux import lire_le_niveau
from candidatures.imports.valeurs import ValeurRefusee, lire_l_ine, lire_la_naissance, lire_le_mef, separer_le_nom
from candidatures.rules import cle_d_un_eleve, pourquoi_pas_admis
from referentiel.rules.identifiants import meme_mef
from referentiel.rules.jeu import Niveau

LONGUEUR_D_UN_NOM = 80
LONGUEUR_D_UNE_CLASSE = 30
PARTIS = "partis"
DE_GROUPE = "groupes"
COMPLETER = "Complétez la ligne dans le fichier ou ajoutez l’élève à la main."


@dataclass(frozen=True, slots=True)
class Cadre:
    """Ce que la campagne admet et ce que Passpro connaît, au moment de la comparaison."""

    annee: int
    niveaux_admis: Collection[Niveau]
    mef_admis: Collection[str]
    connus: Sequence[Connu]
    ines_ailleurs: Collection[str] = frozenset()
    confirmes: Collection[int] = frozenset()


def lire_un_eleve(valeurs: Mapping[Donnee, str], cadre: Cadre) -> EleveLu:
    """L'élève d'une ligne. Lève `AutreNiveau`, ou `ValeurRefusee` à la première valeur qui ne va pas."""
    classe, mef = valeurs.get(Donnee.CLASSE, ""), lire_le_mef(valeurs.get(Donnee.MEF, ""))
    niveau = _niveau(valeurs, classe, mef)
    nom, prenom = _noms(valeurs)
    lu = EleveLu(
        nom=_exiger(nom, "Nom", LONGUEUR_D_UN_NOM),
        prenom=_exiger(prenom, "Prénom", LONGUEUR_D_UN_NOM),
        cle=cle_d_un_eleve(nom, prenom),
        date_de_naissance=lire_la_naissance(valeurs.get(Donnee.NAISSANCE, ""), cadre.annee),
        classe=_exiger(classe, "Classe", LONGUEUR_D_UNE_CLASSE),
        niveau=niveau.value,
        ine=lire_l_ine(valeurs.get(Donnee.INE, "")),
        mef=mef,
        niveau_ecrit=bool(valeurs.get(Donnee.NIVEAU) or valeurs.get(Donnee.LIBELLE_MEF)),
    )
    _exiger_l_admission(niveau, mef, cadre)
    return lu


def pourquoi_l_ecarter(valeurs: Mapping[Donnee, str]) -> str | None:
    if valeurs.get(Donnee.SORTIE):
        return PARTIS
    return DE_GROUPE if valeurs.get(Donnee.STRUCTURE, "D").upper()[:1] != "D" else None


def _niveau(valeurs: Mapping[Donnee, str], classe: str, mef: str) -> Niveau:
    libelle = valeurs.get(Donnee.LIBELLE_MEF, "") or ("" if mef else valeurs.get(Donnee.MEF, ""))
    if not classe and not libelle and not mef and not valeurs.get(Donnee.NIVEAU):
        raise ValeurRefusee("Classe manquante", COMPLETER)
    return lire_le_niveau(niveau=valeurs.get(Donnee.NIVEAU, ""), libelle_mef=libelle, mef=mef, classe=classe)


def _noms(valeurs: Mapping[Donnee, str]) -> tuple[str, str]:
    if reunis := valeurs.get(Donnee.NOM_PRENOM):
        return separer_le_nom(reunis)
    return valeurs.get(Donnee.NOM, ""), valeurs.get(Donnee.PRENOM, "")


def _exiger(texte: str, libelle: str, longueur: int) -> str:
    if not any(signe.isalnum() for signe in texte):
        raise ValeurRefusee(f"{libelle} manquant{'e' if libelle == 'Classe' else ''}", COMPLETER)
    if len(texte) > longueur:
        raise ValeurRefusee(f"{libelle} de plus de {longueur} caractères", "Raccourcissez-le dans le fichier.")
    return texte


def _exiger_l_admission(niveau: Niveau, mef: str, cadre: Cadre) -> None:
    retirer = "Retirez la ligne, ou voyez le SAIO."
    if raison := pourquoi_pas_admis(niveau, cadre.niveaux_admis):
        raise ValeurRefusee(raison.rstrip("."), retirer)
    if mef and cadre.mef_admis and not any(meme_mef(mef, admis) for admis in cadre.mef_admis):
        raise ValeurRefusee(f"Le MEF {mef} n’est pas concerné par cette campagne", retirer)


def nom_de_la_ligne(valeurs: Mapping[Donnee, str]) -> str:
    """Ce qui désigne l'élève d'une ligne fautive, tel que le fichier l'écrit : « PETIT ? »."""
    if reunis := valeurs.get(Donnee.NOM_PRENOM):
        return reunis[:LONGUEUR_D_UN_NOM]
    nom, prenom = valeurs.get(Donnee.NOM, ""), valeurs.get(Donnee.PRENOM, "")
    return f"{nom or '?'} {prenom or '?'}"[: 2 * LONGUEUR_D_UN_NOM]
