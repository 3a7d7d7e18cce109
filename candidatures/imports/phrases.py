"""Ce que l'import fait, en mots (écran O3)."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from candidatures.imports.lignes import DE_GROUPE, PARTIS
from candidatures.imports.plan import Plan
from referentiel.rules.dates import INSECABLE
from referentiel.rules.jeu import LIBELLES_NIVEAUX, Niveau

LIBELLES_DES_CHAMPS = {
    "nom": "Nom",
    "prenom": "Prénom",
    "date_de_naissance": "Date de naissance",
    "classe": "Classe",
    "niveau": "Niveau",
    "ine": "INE",
    "mef": "MEF",
}


def dire_le_plan(plan: Plan) -> str:
    """« 112 élèves à ajouter, 40 à mettre à jour, 9 sans changement, 4 lignes en erreur »."""
    parts = [
        (len(plan.ajouts), "à ajouter"),
        (len(plan.mises_a_jour), "à mettre à jour"),
        (plan.inchanges, "sans changement"),
    ]
    phrases = _compter_des_eleves(parts)
    if plan.erreurs:
        phrases.append(_accorder(len(plan.erreurs), "ligne en erreur", "lignes en erreur"))
    return f"{', '.join(phrases)}." if phrases else "Aucune ligne ne concerne cette campagne."


def dire_le_resultat(rapport: Mapping[str, Any]) -> str:
    """« 112 élèves ajoutés, 40 mis à jour. »"""
    ajoutes, changes = rapport["ajoutes"], rapport["mis_a_jour"]
    parts = [(ajoutes, "ajouté" if ajoutes < 2 else "ajoutés"), (changes, "mis à jour")]
    return f"{', '.join(_compter_des_eleves(parts)) or 'tout était déjà à jour, rien n’a changé'}."


def dire_les_ecartes(ecartes: Mapping[str, int]) -> str:
    """« Laissés de côté : 96 élèves de 6e, 3 élèves partis. », ou rien."""
    if not ecartes:
        return ""
    parts = sorted(ecartes.items(), key=lambda part: (part[0] in {PARTIS, DE_GROUPE}, -part[1]))
    return f"Laissés de côté{INSECABLE}: {', '.join(_dire_un_ecart(motif, nombre) for motif, nombre in parts)}."


def dire_une_valeur(champ: str, valeur: object) -> str:
    """Une valeur d'élève telle qu'elle se lit ; « N/A » quand il n'y en a pas."""
    if isinstance(valeur, date):
        return f"{valeur:%d/%m/%Y}"
    if champ == "niveau" and valeur:
        return LIBELLES_NIVEAUX[Niveau(str(valeur))]
    return str(valeur) or "N/A"


def _compter_des_eleves(parts: Iterable[tuple[int, str]]) -> list[str]:
    """« 1 élève à ajouter », « 40 à mettre à jour » : le mot « élèves » ne se dit qu'une fois."""
    phrases: list[str] = []
    for nombre, suite in parts:
        if nombre:
            sujet = "" if phrases else ("élève " if nombre == 1 else "élèves ")
            phrases.append(f"{_nombre(nombre)} {sujet}{suite}")
    return phrases


def _dire_un_ecart(motif: str, nombre: int) -> str:
    if motif == PARTIS:
        return _accorder(nombre, "élève parti", "élèves partis")
    if motif == DE_GROUPE:
        return _accorder(nombre, "ligne de groupe", "lignes de groupes")
    return f"{_accorder(nombre, 'élève', 'élèves')} de {motif}"


def _accorder(nombre: int, singulier: str, pluriel: str) -> str:
    return f"{_nombre(nombre)} {singulier if nombre == 1 else pluriel}"


def _nombre(nombre: int) -> str:
    return f"{nombre:,}".replace(",", "\u202f")
