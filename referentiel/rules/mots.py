"""Les mots que la procédure écarte d'un commentaire ou d'un compte-rendu (R31b)."""

import re
from collections.abc import Iterable

from referentiel.rules.dates import INSECABLE
from referentiel.rules.identifiants import cle_de_recherche


def mots_ecartes(texte: str, mots: Iterable[str]) -> list[str]:
    """Mots ou expressions de `mots` présents dans `texte`, au singulier ou au pluriel, sans égard aux accents.

    Une expression qui ne commence pas par une lettre, comme « /20 », est cherchée telle quelle.
    """
    cle, brut = cle_de_recherche(texte), texte.lower()
    return [mot for mot in mots if (_est_un_mot(cle, mot) if mot[:1].isalnum() else mot.lower() in brut)]


def _est_un_mot(cle: str, mot: str) -> bool:
    return re.search(rf"\b{re.escape(cle_de_recherche(mot))}s?\b", cle) is not None


def phrase_de_rappel(mots: list[str]) -> str | None:
    """Le rappel qui accompagne ces mots, ou `None` s'il n'y en a pas ; il avertit sans empêcher."""
    if not mots:
        return None
    cites = ", ".join(f"«{INSECABLE}{mot}{INSECABLE}»" for mot in mots)
    return (
        "Les notes, les absences et les informations personnelles n’ont pas leur place ici. "
        f"À relire{INSECABLE}: {cites}."
    )
