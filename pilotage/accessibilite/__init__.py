"""L'audit d'accessibilité de Passpro, et la déclaration qui s'en calcule (RGAA 4.1, écran P10).

`criteres.csv` porte les 106 critères : état (C conforme, NC non conforme, NA non applicable), moyen de le savoir,
constat, suite à donner. Rien d'autre n'est écrit de la déclaration : taux, état et liste des défauts en viennent.
"""

import csv
from collections import Counter
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path

CRITERES = Path(__file__).with_name("criteres.csv")
JOUR_DE_L_AUDIT = date(2026, 11, 29)

THEMES: dict[int, str] = {
    1: "Images",
    2: "Cadres",
    3: "Couleurs",
    4: "Multimédia",
    5: "Tableaux",
    6: "Liens",
    7: "Scripts",
    8: "Éléments obligatoires",
    9: "Structuration de l’information",
    10: "Présentation de l’information",
    11: "Formulaires",
    12: "Navigation",
    13: "Consultation",
}
MOYENS: dict[str, str] = {
    "balayage": "Contrôle automatique des pages",
    "clavier": "Parcours au clavier, joués par les tests",
    "parcours": "Parcours sans JavaScript, joués par les tests",
    "test": "Autre test automatique",
    "lecture": "Lecture du code et des écrans",
}


# Ce qui a été lu à l'œil ; les contrôles automatiques, eux, passent partout.
ECHANTILLON: tuple[str, ...] = (
    "accueil public, catalogue, formation, offre, établissement, calendrier, documents",
    "aide et ses pages, mentions légales, données personnelles, accessibilité, plan du site, contact, connexion",
    "pré-inscription et son suivi",
    "établissement d’origine\u00a0: à faire, élèves, dossier, import, inscription, avis, convocations, fiches",
    "établissement d’accueil\u00a0: à faire, candidats, planning, proposition, présences, comptes-rendus, offre",
    "académie\u00a0: à faire, suivi, retards, courriels, import du catalogue, administration",
    "pages d’erreur",
    "documents PDF\u00a0: convocation, fiche récapitulative, dossier, lettre, feuille d’émargement",
)


class Etat(StrEnum):
    CONFORME = "C"
    NON_CONFORME = "NC"
    NON_APPLICABLE = "NA"

    @property
    def libelle(self) -> str:
        return LIBELLES[self]


LIBELLES: dict[Etat, str] = {
    Etat.CONFORME: "Conforme",
    Etat.NON_CONFORME: "Non conforme",
    Etat.NON_APPLICABLE: "Non applicable",
}


@dataclass(frozen=True, slots=True)
class Critere:
    """Un critère du référentiel, dit en peu de mots, et ce que l'audit en a trouvé."""

    numero: str
    objet: str
    etat: Etat
    moyen: str
    constat: str
    suite: str

    @property
    def theme(self) -> int:
        return int(self.numero.split(".")[0])

    @property
    def moyen_dit(self) -> str:
        return MOYENS[self.moyen]


@dataclass(frozen=True)
class Audit:
    """Les critères et ce qui s'en calcule."""

    criteres: tuple[Critere, ...]

    @cached_property
    def comptes(self) -> Counter[Etat]:
        return Counter(critere.etat for critere in self.criteres)

    @property
    def conformes(self) -> int:
        return self.comptes[Etat.CONFORME]

    @property
    def non_conformes(self) -> int:
        return self.comptes[Etat.NON_CONFORME]

    @property
    def non_applicables(self) -> int:
        return self.comptes[Etat.NON_APPLICABLE]

    @property
    def applicables(self) -> int:
        return len(self.criteres) - self.non_applicables

    @property
    def taux(self) -> float:
        """Part des critères applicables qui sont respectés, en pour cent, arrondie au plus bas."""
        return self.conformes * 1000 // self.applicables / 10

    @cached_property
    def conformite(self) -> str:
        """« totalement conforme » seulement sans aucun défaut ; « non conforme » sous la moitié des critères."""
        if not self.non_conformes:
            return "totalement conforme"
        return "partiellement conforme" if self.taux >= 50 else "non conforme"

    @property
    def defauts(self) -> list[Critere]:
        return [critere for critere in self.criteres if critere.etat is Etat.NON_CONFORME]

    @property
    def par_theme(self) -> list[tuple[str, list[Critere]]]:
        return [
            (f"{theme}. {nom}", [critere for critere in self.criteres if critere.theme == theme])
            for theme, nom in THEMES.items()
        ]


@cache
def audit() -> Audit:
    """L'audit en vigueur ; lu une fois par processus."""
    with CRITERES.open(encoding="utf-8", newline="") as fichier:
        return Audit(
            tuple(
                Critere(numero, objet, Etat(etat), moyen, constat, suite)
                for numero, objet, etat, moyen, constat, suite in list(csv.reader(fichier, delimiter=";"))[1:]
            )
        )
