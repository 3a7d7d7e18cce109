"""Reconnaître les colonnes d'un fichier à leurs en-têtes (R9, R13)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from referentiel.rules.identifiants import cle_de_recherche


@dataclass(frozen=True, slots=True)
class Reconnaissance:
    """Ce que les en-têtes ont dit : le rang de chaque champ trouvé, les champs trouvés deux fois, les absents."""

    rangs: Mapping[str, int]
    en_double: tuple[str, ...]
    absents: tuple[str, ...]


def cle_d_entete(entete: str) -> str:
    """En-tête sans accents, casse, ponctuation ni soulignés : « Date_de  Début : » donne « date de debut »."""
    return cle_de_recherche(entete.replace("_", " "))


def reconnaitre(entetes: Sequence[str], connus: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Rang de la colonne de chaque champ de `connus` trouvé dans `entetes` ; voir `reconnaissance` pour le reste."""
    return dict(reconnaissance(entetes, connus).rangs)


def reconnaissance(entetes: Sequence[str], connus: Mapping[str, Sequence[str]]) -> Reconnaissance:
    """Reconnaît chaque champ à l'un de ses noms connus, le premier de la liste l'emportant.

    Un champ dont un même nom est porté par deux colonnes est dit en double ; la première est retenue.
    """
    rangs_par_cle: dict[str, list[int]] = {}
    for rang, entete in enumerate(entetes):
        rangs_par_cle.setdefault(cle_d_entete(entete), []).append(rang)
    trouves: dict[str, list[int]] = {}
    for champ, noms in connus.items():
        candidats = (rangs_par_cle.get(cle_d_entete(nom)) for nom in noms)
        if rangs := next(filter(None, candidats), None):
            trouves[champ] = rangs
    return Reconnaissance(
        {champ: rangs[0] for champ, rangs in trouves.items()},
        tuple(champ for champ, rangs in trouves.items() if len(rangs) > 1),
        tuple(champ for champ in connus if champ not in trouves),
    )
