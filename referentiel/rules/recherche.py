"""Les mots d'une recherche : ceux que l'on garde, et comment on les compare (R9)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from referentiel.rules.dates import INSECABLE
from referentiel.rules.identifiants import cle_de_recherche

MOTS_AU_PLUS = 8
MOTS_DE_LIAISON = frozenset(
    (
        "a",
        "au",
        "aux",
        "d",
        "de",
        "des",
        "du",
        "en",
        "et",
        "l",
        "la",
        "le",
        "les",
        "ou",
        "par",
        "pour",
        "sur",
        "un",
        "une",
    )
)
# Part des trigrammes en commun à partir de laquelle deux mots se ressemblent : « patisier » et « pâtissier » oui.
RESSEMBLANCE = 0.55


@dataclass(frozen=True, slots=True)
class Mot:
    """Un mot cherché : tel qu'il est tapé, et la clé sans accent qui le représente."""

    tape: str
    cle: str

    @property
    def racine(self) -> str:
        """Le mot sans la marque du pluriel."""
        return (self.cle.rstrip("sx") if len(self.cle) > 3 else "") or self.cle


@dataclass(frozen=True, slots=True)
class Recherche:
    """Une recherche comprise : les mots trouvés tels quels, et ceux que l'on n'approche que par ressemblance."""

    exacts: tuple[Mot, ...] = ()
    approches: tuple[Mot, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.exacts or self.approches)


def mots_cherches(texte: str) -> list[Mot]:
    """Les mots de `texte`, chacun une fois, sans les mots de liaison ; huit au plus."""
    tapes = {cle_de_recherche(mot): mot for mot in re.split(r"[\W_]+", texte)}
    mots = [Mot(tape, cle) for cle, tape in tapes.items() if cle and " " not in cle and cle not in MOTS_DE_LIAISON]
    return mots[:MOTS_AU_PLUS]


def dire_les_approches(mots: Iterable[Mot]) -> str:
    """« Aucun résultat exact pour « patisier » : voici les plus proches. »"""
    cites = " ni ".join(f"«{INSECABLE}{mot.tape}{INSECABLE}»" for mot in mots)
    return f"Aucun résultat exact pour {cites}{INSECABLE}: voici les plus proches." if cites else ""
