"""Lire une liste d'invitations collée : « courriel ; UAI ; fonction », une par ligne (S9)."""

import re
from dataclasses import dataclass

LIGNES_AU_PLUS = 300
# Les fonctions qui dirigent un établissement ; toute autre est celle d'un gestionnaire.
DIRECTION = re.compile(r"\b(chef|cheffe|princip\w+|proviseur\w*|direct\w+)\b", re.IGNORECASE)
SANS_DIRECTION = re.compile(r"\b(prof\w*|secr[eé]tair\w+|secr[eé]tariat|assistante?|gestionnaire)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LigneCollee:
    """Une ligne non vide de la liste, et ce qui l'empêche d'être lue."""

    numero: int
    courriel: str = ""
    uai: str = ""
    fonction: str = ""
    erreur: str = ""


def lire_la_liste(texte: str) -> list[LigneCollee]:
    """Les lignes non vides, séparées par des points-virgules ou, d'un tableur, par des tabulations."""
    return [_lire(numero, ligne) for numero, ligne in enumerate(texte.splitlines(), start=1) if ligne.strip()]


def dirige(fonction: str) -> bool:
    """Vrai si la fonction est celle d'un chef d'établissement ou de son adjoint.

    « Secrétaire de direction » et « professeur principal » n'en sont pas.
    """
    return bool(DIRECTION.search(fonction)) and not SANS_DIRECTION.search(fonction)


def _lire(numero: int, ligne: str) -> LigneCollee:
    cellules = [cellule.strip().strip('"') for cellule in re.split(r"[;\t]", ligne)]
    courriel, uai, *suite = [*cellules, "", ""][: max(3, len(cellules))]
    fonction = suite[0] if suite else ""
    if len([cellule for cellule in cellules if cellule]) < 2 or any(suite[1:]):
        return LigneCollee(numero, courriel, uai, fonction, "Écrivez\u00a0: courriel\u00a0; UAI\u00a0; fonction.")
    return LigneCollee(numero, courriel.lower(), uai, fonction[:80])
