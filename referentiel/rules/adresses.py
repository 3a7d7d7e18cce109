"""L'adresse professionnelle d'une personne qui suit des élèves (écran O16)."""

from collections.abc import Sequence


def pourquoi_pas_academique(adresse: str, domaines: Sequence[str]) -> str | None:
    """Raison pour laquelle `adresse` n'est d'aucun de ces domaines, ou `None` ; sans domaine, toutes conviennent."""
    if not domaines or adresse.rpartition("@")[2].lower() in domaines:
        return None
    permis = " ou ".join(f"@{domaine}" for domaine in domaines)
    return f"L’adresse doit être une adresse académique ({permis})."
