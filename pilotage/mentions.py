"""Ce que les pages légales disent de l'installation, lu dans ses réglages (écran P10)."""

from dataclasses import dataclass, fields

from django.conf import settings

from referentiel.models import Academie

REGLAGES: dict[str, str] = {
    "editeur": "MENTIONS_EDITEUR",
    "direction": "MENTIONS_DIRECTION",
    "hebergeur": "MENTIONS_HEBERGEUR",
}


@dataclass(frozen=True, slots=True)
class Mentions:
    """L'éditeur, la direction de la publication et l'hébergeur ; vides tant que l'installation ne les dit pas."""

    editeur: str
    direction: str
    hebergeur: str

    @classmethod
    def de_l_installation(cls) -> "Mentions":
        return cls(**{champ.name: getattr(settings, REGLAGES[champ.name]) for champ in fields(cls)})


def mentions_manquantes() -> list[str]:
    """Noms des réglages que les mentions légales attendent encore."""
    return [reglage for reglage in REGLAGES.values() if not getattr(settings, reglage)]


def delegue_de(academie: Academie) -> str:
    """Adresse de la personne déléguée à la protection des données de cette académie ; vide si elle n'est pas dite."""
    return settings.DELEGUES_A_LA_PROTECTION_DES_DONNEES.get(academie.code, "")
