"""Ce qui est livré avec l'application : préréglages de campagne, catalogue, établissements, vacances, mots.

Tout est lu dans `fixtures/`, en JSON relisible par qui n'écrit pas de Python.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from referentiel.rules.calendrier import Bornes, Calendrier, Nature
from referentiel.rules.jeu import Avis, Case, Resultat

DOSSIER = Path(__file__).resolve().parent.parent / "fixtures"


@dataclass(frozen=True, slots=True)
class Prereglage:
    """De quoi ouvrir une campagne : un calendrier, des règles, une matrice totale (R2, R5, R6)."""

    nom: str
    source: str
    calendrier: Calendrier
    regles: Mapping[str, Any]
    matrice: tuple[Case, ...]

    def calendrier_de(self, annee: int) -> Calendrier:
        """Le calendrier du préréglage, porté à l'année `annee` jour pour jour."""
        return transposer(self.calendrier, annee)


def transposer(calendrier: Calendrier, annee: int) -> Calendrier:
    """`calendrier`, décalé d'autant d'années qu'il faut pour que ses entretiens tombent en `annee`."""
    dernier = calendrier.dernier_jour()
    decalage = annee - dernier.year if dernier else 0
    return Calendrier(
        {
            nature: Bornes(_decaler(bornes.debut, decalage), _decaler(bornes.fin, decalage))
            for nature, bornes in calendrier.periodes.items()
        }
    )


def noms_des_prereglages() -> dict[str, str]:
    """Clé et nom de chaque préréglage, dans l'ordre des années."""
    return {cle: prereglage(cle).nom for cle in sorted(_fichiers(), key=lambda cle: cle.rsplit("-", 1)[-1])}


@cache
def prereglage(cle: str) -> Prereglage:
    """Le préréglage `cle`, par exemple « creteil-2025 ». Lève `KeyError` s'il n'existe pas."""
    contenu = _lire(_fichiers()[cle])
    return Prereglage(
        nom=contenu["nom"],
        source=contenu["source"],
        calendrier=Calendrier(
            {Nature(nature): _bornes(bornes) for nature, bornes in contenu["calendrier"].items()},
        ),
        regles=contenu["regles"],
        matrice=tuple(_case(case) for case in contenu["matrice"]),
    )


def catalogue() -> list[dict[str, Any]]:
    """Les 29 domaines et leurs 57 formations (R7)."""
    return _lire(DOSSIER / "catalogue.json")


def academies() -> list[dict[str, Any]]:
    return _lire(DOSSIER / "academies.json")


def etablissements(academie: str) -> list[dict[str, Any]]:
    """Les établissements livrés pour l'académie de code `academie`, avec leur UAI de SEP."""
    return _lire(DOSSIER / "etablissements" / f"{academie}.json")


def vacances(annee: int) -> list[dict[str, Any]]:
    """Vacances de l'année scolaire qui finit en `annee` ; liste vide si elles ne sont pas livrées."""
    fichier = DOSSIER / "vacances" / f"zone-c-{annee - 1}-{annee}.json"
    lignes = _lire(fichier) if fichier.is_file() else []
    return [ligne | {borne: date.fromisoformat(ligne[borne]) for borne in ("debut", "fin")} for ligne in lignes]


def mots_a_rappeler() -> list[tuple[str, str]]:
    """Couples (famille, mot) que la procédure écarte (R31b)."""
    return [(famille, mot) for famille, mots in _lire(DOSSIER / "mots_a_rappeler.json").items() for mot in mots]


def _fichiers() -> dict[str, Path]:
    return {fichier.stem: fichier for fichier in (DOSSIER / "prereglages").glob("*.json")}


def _lire(fichier: Path) -> Any:
    return json.loads(fichier.read_text(encoding="utf-8"))


def _bornes(bornes: dict[str, str]) -> Bornes:
    debut, fin = bornes.get("debut"), bornes.get("fin")
    return Bornes(date.fromisoformat(debut) if debut else None, date.fromisoformat(fin) if fin else None)


def _case(case: dict[str, Any]) -> Case:
    return Case(Avis(case["origine"]), Avis(case["accueil"]), Resultat(case["resultat"]), case.get("points"))


def _decaler(jour: date | None, annees: int) -> date | None:
    if jour is None:
        return None
    est_bissextile = jour.month == 2 and jour.day == 29
    return jour.replace(year=jour.year + annees, day=28 if est_bissextile and annees else jour.day)
