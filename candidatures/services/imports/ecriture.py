"""Écrire les élèves qu'un import change, ou rend à ce qu'ils étaient."""

from collections.abc import Sequence

from candidatures.imports.eleves import CHAMPS
from candidatures.models import Eleve
from candidatures.rules import cle_d_un_eleve

FAIT_D_IMPORT = "import"


def ecrire(eleves: Sequence[Eleve]) -> None:
    """Écrit d'une requête les élèves changés, que l'appelant tient verrouillés."""
    for eleve in eleves:
        eleve.cle = cle_d_un_eleve(eleve.nom, eleve.prenom)
    Eleve.objects.bulk_create(eleves, update_conflicts=True, unique_fields=["id"], update_fields=[*CHAMPS, "cle"])
