"""L'heure et le lieu des entretiens, lus pour l'étage des candidatures (R16, R18)."""

from collections.abc import Collection, Mapping

from candidatures.horaires import EntretienFixe
from entretiens.models import Entretien


def entretiens_fixes(candidatures: Collection[int]) -> Mapping[int, EntretienFixe]:
    """Entretien en vigueur de chaque candidature qui en a un, par clé, en une requête."""
    entretiens = Entretien.objects.en_vigueur().avec_lieu().filter(candidature__in=candidatures)
    return {
        entretien.candidature_id: EntretienFixe(entretien.periode.lower, entretien.periode.upper, entretien.lieu)
        for entretien in entretiens
    }
