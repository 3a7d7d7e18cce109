"""Les versions d'un compte-rendu : qui, quand, ce qui change (R30, R39)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from avis.models import CompteRendu
from comptes.models import Trace
from referentiel.rules.jeu import LIBELLES_AVIS, Avis


@dataclass(frozen=True, slots=True)
class Changement:
    """Une valeur avant et après ; `avant` est vide quand elle naît."""

    terme: str
    avant: str
    apres: str


@dataclass(frozen=True, slots=True)
class Version:
    """Un événement de la vie d'un compte-rendu, et ce qu'il change."""

    le: datetime
    auteur: str
    phrase: str
    changements: tuple[Changement, ...]


def versions_de(compte_rendu: CompteRendu | None) -> list[Version]:
    """L'histoire du compte-rendu, la plus récente d'abord ; rien tant qu'il n'est qu'un brouillon."""
    if compte_rendu is None:
        return []
    return [
        Version(trace.le, trace.auteur_nom, trace.phrase, tuple(_changements(trace.avant, trace.apres)))
        for trace in Trace.objects.de(compte_rendu)
    ]


def _changements(avant: dict[str, Any], apres: dict[str, Any]) -> Iterator[Changement]:
    for cle, terme in (("message", "Message"), ("texte", "Compte-rendu")):
        if avant.get(cle, "") != apres.get(cle, ""):
            yield Changement(terme, avant.get(cle, ""), apres.get(cle, ""))
    anciens, nouveaux = avant.get("avis") or {}, apres.get("avis") or {}
    for formation in [*anciens, *(nouvelle for nouvelle in nouveaux if nouvelle not in anciens)]:
        ancien, nouveau = _libelle(anciens.get(formation)), _libelle(nouveaux.get(formation))
        if ancien != nouveau:
            yield Changement(f"Avis pour {formation}", ancien, nouveau)


def _libelle(valeur: str | None) -> str:
    return LIBELLES_AVIS[Avis(valeur)] if valeur else ""
