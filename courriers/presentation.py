"""L'état d'un courriel tel qu'il se montre : un libellé et une couleur, ici et nulle part ailleurs."""

import re
from dataclasses import dataclass

from courriers.rules import LIBELLES, EtatCourriel

CLASSES: dict[EtatCourriel, str] = {
    EtatCourriel.A_ENVOYER: "fr-badge--info",
    EtatCourriel.EN_COURS: "fr-badge--info",
    EtatCourriel.ENVOYE: "fr-badge--success",
    EtatCourriel.ABANDONNE: "fr-badge--error",
    EtatCourriel.RAPPELE: "",
}
AU_FEMININ: dict[EtatCourriel, str] = {
    EtatCourriel.ENVOYE: "Envoyée",
    EtatCourriel.ABANDONNE: "Non distribuée",
    EtatCourriel.RAPPELE: "Rappelée avant l’envoi",
}
NATURES: dict[str, str] = {
    "avis_manquants": "Avis manquants",
    "code": "Code",
    "modification": "Modification",
    "resume": "Résumé quotidien",
    "adresse": "Adresse à corriger",
}
ADRESSE = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Badge:
    libelle: str
    classe: str


def badge_du_courriel(etat: str) -> Badge:
    """Badge d'un courriel : « Envoyé »."""
    lu = EtatCourriel(etat)
    return Badge(LIBELLES[lu], CLASSES[lu])


def badge_de_la_convocation(etat: str) -> Badge:
    """Badge d'une convocation chez un destinataire : « Envoyée », « Non distribuée » (écran A14)."""
    lu = EtatCourriel(etat)
    return Badge(AU_FEMININ.get(lu, LIBELLES[lu]), CLASSES[lu])


def nom_de_la_nature(nature: str) -> str:
    """« Compte-rendu », « Avis manquants »."""
    return NATURES.get(nature) or nature[:1].upper() + nature[1:]


def texte_sans_liens(texte: str) -> str:
    """Texte d'un courriel pour qui n'en est pas le destinataire : ses liens n'y sont pas."""
    return ADRESSE.sub("[lien masqué]", texte)
