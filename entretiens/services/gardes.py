"""Le dernier mot de la base : une contrainte qui refuse parle comme un service."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, models, transaction

from entretiens.models import Creneau, Entretien, Jury, Seance
from referentiel.rules.refus import Refus

GARDES: dict[str, str] = {
    contrainte.name: str(contrainte.violation_error_message)
    for modele in (Jury, Seance, Creneau, Entretien)
    for contrainte in modele._meta.constraints
    if isinstance(contrainte, models.BaseConstraint)
}
SANS_NOM = "Quelqu’un vient de modifier ces données. Rechargez la page et recommencez."


@contextmanager
def contraintes_dites() -> Iterator[None]:
    """Traduit en `Refus` la violation d'une contrainte nommée, avec sa phrase ; ce qui précède reste écrit."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as erreur:
        diagnostic = getattr(erreur.__cause__, "diag", None)
        nom = getattr(diagnostic, "constraint_name", None) or ""
        raise Refus(GARDES.get(nom, SANS_NOM)) from erreur
