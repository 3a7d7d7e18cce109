"""Les phrases que les pages composent avec des nombres."""

from typing import Any

from pilotage.rules import accorder, dire_nombre
from referentiel.rules.dates import INSECABLE


def dire_l_avancement(nombres: dict[str, int], adresse: str) -> dict[str, Any] | None:
    """Phrase et parts de la barre « Où en est la campagne » ; rien tant que personne n'est inscrit.

    `adresse` précise l'inscription : « inscrits », « inscrits chez vous ».
    """
    if not nombres["eleves"]:
        return None
    absences = f", {accorder(nombres['absences'], 'absence')}" if nombres["absences"] else ""
    phrase = (
        f"{accorder(nombres['eleves'], 'élève')} {_au_nombre(adresse, nombres['eleves'])}{INSECABLE}: "
        f"{accorder(nombres['realises'], 'entretien')} {_au_nombre('réalisés', nombres['realises'])}, "
        f"{dire_nombre(nombres['planifies'])} {_au_nombre('planifiés', nombres['planifies'])}, "
        f"{dire_nombre(nombres['a_planifier'])} à planifier{absences}."
    )
    parts = [
        {"libelle": "Réalisés", "nombre": nombres["realises"]},
        {"libelle": "Planifiés", "nombre": nombres["planifies"]},
        {"libelle": "À planifier", "nombre": nombres["a_planifier"]},
        {"libelle": "Absences", "nombre": nombres["absences"]},
    ]
    return {"phrase": phrase, "parts": parts}


def _au_nombre(adjectif: str, nombre: int) -> str:
    """Met au singulier le premier mot d'un adjectif donné au pluriel."""
    if nombre > 1:
        return adjectif
    premier, espace, suite = adjectif.partition(" ")
    return premier.removesuffix("s") + espace + suite
