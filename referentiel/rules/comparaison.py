"""Comparer ce qui est à ce qu'un fichier demande : ajouts, modifications, retraits (R9, écran S6).

Rien n'est lu ni écrit ici : des fiches entrent, un `Plan` sort, que l'on montre puis que l'on applique tel quel.
"""

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from referentiel.rules.identifiants import cle_de_recherche

Cle = tuple[str, ...]
Pareil = Callable[[str, Any, Any], bool]


class Groupe(StrEnum):
    """Ce que l'on choisit d'appliquer, groupe par groupe."""

    AJOUTS = "ajouts"
    MODIFICATIONS = "modifications"
    RETRAITS = "retraits"


@dataclass(frozen=True, slots=True)
class Fiche:
    """Un objet, tel qu'il est ou tel que le fichier le demande.

    `cle` commence par le genre de l'objet et l'identifie ; `champs` ne contient que ce qui est connu. `ligne` est
    celle du fichier ; `attache` dit pourquoi l'objet ne peut pas être retiré.
    """

    cle: Cle
    libelle: str
    champs: Mapping[str, Any] = field(default_factory=dict)
    ligne: int | None = None
    attache: str = ""

    @property
    def genre(self) -> str:
        return self.cle[0]


@dataclass(frozen=True, slots=True)
class Ecart:
    champ: str
    avant: Any
    apres: Any


@dataclass(frozen=True, slots=True)
class Changement:
    """Un objet connu, et ce que le fichier y change."""

    fiche: Fiche
    ecarts: tuple[Ecart, ...]


@dataclass(frozen=True, slots=True)
class Faute:
    """Ce qui ne va pas à une ligne, et comment y remédier."""

    ligne: int
    phrase: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Tout ce qu'un fichier changerait. Avec une seule faute, rien ne s'applique."""

    ajouts: tuple[Fiche, ...] = ()
    modifications: tuple[Changement, ...] = ()
    retraits: tuple[Fiche, ...] = ()
    gardes: tuple[Fiche, ...] = ()
    inchanges: int = 0
    fautes: tuple[Faute, ...] = ()
    remarques: tuple[str, ...] = ()

    @property
    def nombre(self) -> int:
        return len(self.ajouts) + len(self.modifications) + len(self.retraits)

    def reduit_a(self, groupes: Iterable[str]) -> "Plan":
        """Le même plan, sans les groupes que l'on n'applique pas."""
        retenus = set(groupes)
        return replace(
            self,
            ajouts=self.ajouts if Groupe.AJOUTS in retenus else (),
            modifications=self.modifications if Groupe.MODIFICATIONS in retenus else (),
            retraits=self.retraits if Groupe.RETRAITS in retenus else (),
        )

    @property
    def empreinte(self) -> str:
        """Deux plans de même empreinte ont le même effet."""
        effet = [
            [[fiche.cle, sorted(fiche.champs.items())] for fiche in self.ajouts],
            [[c.fiche.cle, [[e.champ, e.avant, e.apres] for e in c.ecarts]] for c in self.modifications],
            [fiche.cle for fiche in self.retraits],
        ]
        return hashlib.sha256(json.dumps(effet, default=str).encode()).hexdigest()[:32]


def comparer(
    actuelles: Iterable[Fiche], voulues: Iterable[Fiche], *, pareil: Pareil, genres_retires: Iterable[str] = ()
) -> Plan:
    """Plan qui mène des fiches `actuelles` aux fiches `voulues` ; `pareil(champ, avant, apres)` juge de l'égalité.

    Ce qui est et n'est pas voulu se retire s'il est d'un genre de `genres_retires`, à moins d'être attaché.
    """
    connues = {fiche.cle: fiche for fiche in actuelles}
    demandees = {fiche.cle: fiche for fiche in voulues}
    ecarts = {cle: _ecarts(connues[cle], fiche, pareil) for cle, fiche in demandees.items() if cle in connues}
    retires = set(genres_retires)
    absentes = [fiche for cle, fiche in connues.items() if cle not in demandees and fiche.genre in retires]
    return Plan(
        ajouts=tuple(fiche for cle, fiche in demandees.items() if cle not in connues),
        modifications=tuple(
            Changement(replace(connues[cle], ligne=demandees[cle].ligne), trouves)
            for cle, trouves in ecarts.items()
            if trouves
        ),
        retraits=tuple(fiche for fiche in absentes if not fiche.attache),
        gardes=tuple(fiche for fiche in absentes if fiche.attache),
        inchanges=sum(not trouves for trouves in ecarts.values()),
    )


def _ecarts(connue: Fiche, demandee: Fiche, pareil: Pareil) -> tuple[Ecart, ...]:
    return tuple(
        Ecart(champ, connue.champs.get(champ, ""), apres)
        for champ, apres in demandee.champs.items()
        if not pareil(champ, connue.champs.get(champ, ""), apres)
    )


def est_une_copie_appauvrie(avant: str, apres: str) -> bool:
    """Vrai si `apres` dit la même chose qu'`avant`, sans ses accents ou en capitales : rien à y prendre."""
    return (
        cle_de_recherche(avant) == cle_de_recherche(apres)
        and _accents(apres) <= _accents(avant)
        and _capitales(apres) >= _capitales(avant)
    )


def _accents(texte: str) -> int:
    return sum(bool(unicodedata.combining(signe)) for signe in unicodedata.normalize("NFKD", texte))


def _capitales(texte: str) -> int:
    return sum(signe.isupper() for signe in texte)
