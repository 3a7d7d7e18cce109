"""Ce que la base refuse, dit en français."""

from functools import cache

from django.apps import apps
from django.db import IntegrityError, OperationalError
from psycopg.errors import DeadlockDetected, LockNotAvailable, SerializationFailure

CONTREDIT = "Cet enregistrement est contredit par un autre, écrit entre-temps. Rechargez la page, puis recommencez."

AU_MEME_INSTANT = "Quelqu’un d’autre enregistrait au même instant. Rien n’est changé\u00a0: recommencez."


def est_un_croisement(erreur: OperationalError) -> bool:
    """Vrai si la base a renoncé parce que deux écritures s'attendaient l'une l'autre : recommencer suffit."""
    return isinstance(erreur.__cause__, DeadlockDetected | LockNotAvailable | SerializationFailure)


def phrase_de_la_contrainte(erreur: IntegrityError) -> str:
    """La phrase de la contrainte que `erreur` a violée.

    Un déclencheur porte sa phrase dans son message ; une contrainte de modèle, dans `violation_error_message`.
    """
    diagnostic = getattr(erreur.__cause__, "diag", None)
    nom = getattr(diagnostic, "constraint_name", None) or ""
    if nom in _phrases():
        return _phrases()[nom]
    if getattr(diagnostic, "context", None) and "RAISE" in diagnostic.context:
        return f"{diagnostic.message_primary}."
    return CONTREDIT


@cache
def _phrases() -> dict[str, str]:
    return {
        contrainte.name: str(contrainte.violation_error_message)
        for modele in apps.get_models()
        for contrainte in modele._meta.constraints
        if contrainte.violation_error_message != contrainte.default_violation_error_message
    }
