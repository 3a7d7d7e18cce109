"""Le texte simple des annonces : des paragraphes, et des adresses https qui deviennent des liens (S11).

Aucune balise : ce qui n'est pas une adresse en https est du texte, montré tel quel.
"""

import re
from dataclasses import dataclass

ADRESSE = re.compile(r"https://[^\s<>\"'«»“”.][^\s<>\"'«»“”]*", re.IGNORECASE)
PONCTUATION_FINALE = ".,;:!?…)]}’"


@dataclass(frozen=True, slots=True)
class Morceau:
    """Un bout de texte ; `url` quand c'est un lien."""

    texte: str
    url: str = ""


def en_paragraphes(texte: str) -> list[list[list[Morceau]]]:
    """Paragraphes (séparés par une ligne vide), faits de lignes, faites de morceaux."""
    blocs = re.split(r"\n\s*\n", texte.replace("\r\n", "\n").strip())
    return [[en_morceaux(ligne.strip()) for ligne in bloc.split("\n")] for bloc in blocs if bloc.strip()]


def en_morceaux(ligne: str) -> list[Morceau]:
    """Coupe une ligne en texte et en liens ; la ponctuation qui finit une phrase n'est pas de l'adresse."""
    morceaux, reste = [], 0
    for trouve in ADRESSE.finditer(ligne):
        url = trouve[0].rstrip(PONCTUATION_FINALE)
        morceaux += [Morceau(ligne[reste : trouve.start()]), Morceau(url, url)]
        reste = trouve.start() + len(url)
    return [morceau for morceau in [*morceaux, Morceau(ligne[reste:])] if morceau.texte]
