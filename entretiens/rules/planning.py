"""Ce dont le planning avertit en toutes lettres (écran A4)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from referentiel.rules.dates import INSECABLE, dire_instant
from referentiel.rules.identifiants import cle_de_recherche

SEPARATEURS = re.compile(r"[,;\n]|\bet\b")
ENTRE_PARENTHESES = re.compile(r"\([^)]*\)")
CIVILITE = re.compile(r"(M\.|Mr|MM\.|Mme|Mlle)\s")


@dataclass(frozen=True, slots=True)
class SeanceMenee:
    """Une séance et ceux qui la mènent, tels que le jury les nomme."""

    jury: int
    nom: str
    membres: str
    debut: datetime
    fin: datetime


def personnes_de(membres: str) -> dict[str, str]:
    """« M. Haddad » et « Mme Leroy » de « M. Haddad, DDFPT, Mme Leroy (cuisine) », chacun sous une clé sans casse.

    Un jury écrit noms et fonctions à la suite : est une personne ce qui commence par une civilité, ou plusieurs mots
    qui ont tous une majuscule. Une fonction prise pour une personne alerterait à tort : dans le doute, on la laisse.
    """
    morceaux = (" ".join(morceau.split()) for morceau in SEPARATEURS.split(ENTRE_PARENTHESES.sub(" ", membres)))
    return {cle_de_recherche(morceau): morceau for morceau in morceaux if _est_une_personne(morceau)}


def doubles_emplois(seances: Iterable[SeanceMenee]) -> list[str]:
    """Une phrase par personne attendue dans deux jurys à la fois : « M. Haddad est dans deux jurys … à 9 h 20. »"""
    ordonnees = sorted(seances, key=lambda seance: (seance.debut, seance.nom))
    return list(dict.fromkeys(phrase for paire in combinations(ordonnees, 2) for phrase in _doubles(*paire)))


def pourquoi_pas_autant(inscrits: int, choisis: int, capacite: int) -> str | None:
    """Raison pour laquelle tant d'élèves n'entrent pas dans une séance, ou `None` (R23)."""
    total = inscrits + choisis
    if total <= capacite:
        return None
    return f"La capacité de la salle est dépassée{INSECABLE}: {total} inscrits pour {capacite} places."


def _doubles(une: SeanceMenee, autre: SeanceMenee) -> Iterator[str]:
    if une.jury == autre.jury or une.fin <= autre.debut or autre.fin <= une.debut:
        return
    ailleurs = personnes_de(autre.membres)
    quand = dire_instant(max(une.debut, autre.debut), annee=False)
    for cle, nom in personnes_de(une.membres).items():
        if cle in ailleurs:
            yield f"{nom} est dans deux jurys le {quand}{INSECABLE}: {une.nom} et {autre.nom}."


def _est_une_personne(morceau: str) -> bool:
    if CIVILITE.match(morceau):
        return True
    mots = morceau.split()
    return len(mots) > 1 and all(mot[:1].isupper() for mot in mots)
