"""Un tableau de chiffres, le même à l'écran et dans le fichier Excel (écrans S2, S3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from referentiel.rules.dates import INSECABLE
from referentiel.tableurs.ecriture import Feuille

Valeur = int | float | str | date | None


@dataclass(frozen=True, slots=True)
class Case:
    """Une valeur telle qu'elle se lit ; `nombre` la range à droite."""

    texte: str
    nombre: bool


@dataclass(frozen=True, slots=True)
class Tableau:
    """Des lignes de chiffres ; la première case de chacune la nomme.

    `code` le désigne dans une adresse, `definition` dit en une phrase ce que comptent ses colonnes.
    """

    code: str
    titre: str
    colonnes: Sequence[str]
    lignes: Sequence[Sequence[Valeur]]
    definition: str = ""

    @property
    def entetes(self) -> list[Case]:
        """En-têtes ; celui d'une colonne de nombres se range comme eux."""
        return [Case(titre, self._est_de_nombres(rang)) for rang, titre in enumerate(self.colonnes)]

    @property
    def rangees(self) -> list[list[Case]]:
        nombres = [self._est_de_nombres(rang) for rang in range(len(self.colonnes))]
        return [[Case(dire(valeur), nombres[rang]) for rang, valeur in enumerate(ligne)] for ligne in self.lignes]

    @property
    def invitation(self) -> str:
        """« Voir les 12 lignes », « Voir la ligne »."""
        return f"Voir les {dire_nombre(len(self.lignes))} lignes" if len(self.lignes) > 1 else "Voir la ligne"

    @property
    def feuille(self) -> Feuille:
        return Feuille(self.titre, list(self.colonnes), self.lignes)

    def _est_de_nombres(self, rang: int) -> bool:
        dites = [ligne[rang] for ligne in self.lignes if ligne[rang] is not None]
        return bool(dites) and all(isinstance(valeur, int | float) for valeur in dites)


def dire(valeur: Valeur) -> str:
    """« 1 204 », « 0,71 », « 37,5 », « 12/03/2027 » ; « N/A » quand il n'y a rien à dire."""
    if valeur is None or valeur == "":
        return "N/A"
    if isinstance(valeur, float):
        return f"{valeur:,.2f}".rstrip("0").rstrip(".").replace(",", INSECABLE).replace(".", ",")
    if isinstance(valeur, int):
        return dire_nombre(valeur)
    return f"{valeur:%d/%m/%Y}" if isinstance(valeur, date) else valeur


def dire_nombre(nombre: int) -> str:
    """« 1 204 », « − 3 »."""
    signe = f"−{INSECABLE}" if nombre < 0 else ""
    return signe + f"{abs(nombre):,}".replace(",", INSECABLE)


def part(nombre: int, total: int) -> int | None:
    """Part en pourcentage entier, le demi arrondi au-dessus ; `None` quand il n'y a rien à partager."""
    return (200 * nombre + total) // (2 * total) if total else None


def code_du_departement(code: str) -> str:
    """« 94 » : le numéro qui suffit dans une colonne."""
    return code.removeprefix("0")
