"""Garder ce que la recherche des états impossibles a trouvé (F12), et la dernière réponse de chaque atelier."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from referentiel.models import Battement, Controle


@transaction.atomic
def noter_le_controle(*, jour: date, invariants: int, ecarts: Sequence[str], le: datetime) -> Controle:
    """Note le contrôle du `jour` ; un contrôle refait le même jour remplace le précédent."""
    valeurs = {"le": le, "invariants": invariants, "ecarts": list(ecarts)}
    controle, _ = Controle.objects.update_or_create(jour=jour, defaults=valeurs)
    return controle


@transaction.atomic
def noter_le_battement(*, file: str, le: datetime) -> None:
    """Note que l'horloge a demandé, et que l'atelier de `file` a répondu."""
    Battement.objects.update_or_create(file=file, defaults={"le": le})
