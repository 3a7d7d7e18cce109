"""Ce que la base refuse se dit comme un refus du métier, jamais comme une erreur du serveur."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError

from candidatures.models import Candidature, DemandeDeTransfert, Eleve, FormationDemandee
from referentiel.rules.refus import Refus

P = ParamSpec("P")
R = TypeVar("R")
PHRASES: dict[str, str] = {
    contrainte.name: str(contrainte.violation_error_message)
    for modele in (Eleve, Candidature, FormationDemandee, DemandeDeTransfert)
    for contrainte in modele._meta.constraints
}


def contraintes_dites(service: Callable[P, R]) -> Callable[P, R]:
    """Traduit en `Refus` la violation d'une contrainte nommée ; se pose au-dessus de `transaction.atomic`."""

    @wraps(service)
    def traduit(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return service(*args, **kwargs)
        except IntegrityError as erreur:
            diagnostic = getattr(erreur.__cause__, "diag", None)
            phrase = PHRASES.get(getattr(diagnostic, "constraint_name", None) or "")
            if phrase is None:
                raise
            raise Refus(phrase) from erreur

    return traduit
