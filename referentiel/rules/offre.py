"""Ce qui manque à un accueil pour que ses convocations partent (R25, écran A15)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Manque:
    """Une chose qui manque : le champ où l'écrire, ce qu'il faut indiquer, et ce que son absence empêche."""

    champ: str
    quoi: str
    consequence: str


LIEU = Manque("lieu", "un lieu d’entretien", "Sans lieu d’entretien, la convocation ne peut pas partir.")
CONTACT = Manque(
    "contact_telephone",
    "un téléphone ou un courriel de contact",
    "Sans contact, la convocation ne peut pas partir.",
)


def ce_qui_manque(*, lieu: str, contact: str) -> list[Manque]:
    """Manques d'un accueil : `lieu` et `contact` sont ce que sa convocation dirait, vides si rien n'est connu."""
    return [manque for manque, valeur in ((LIEU, lieu), (CONTACT, contact)) if not valeur.strip()]


def dire_le_manque(manque: Manque, domaine: str) -> str:
    """« Hôtellerie-restauration : indiquez un lieu d’entretien. Sans lieu… »."""
    return f"{domaine}\u00a0: indiquez {manque.quoi}. {manque.consequence}"
