"""Un tableau de chiffres, le même à l'écran et dans le fichier Excel (écrans S2, S3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from pilotage.rules import dire_nombre
from referentiel.rules.dates import INSECABLE
from referentiel.tableurs.ecriture import Feuille

TITRE_DE_LIGNE = '<th scope="row">{}</th>'
CASE, CASE_DE_NOMBRE = "<td>{}</td>", '<td class="pp-nombre">{}</td>'
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
    def corps(self) -> SafeString:
        """Les lignes, écrites d'un trait : une page du suivi en montre des centaines de cases."""
        autres = (CASE_DE_NOMBRE if self._est_de_nombres(rang) else CASE for rang in range(1, len(self.colonnes)))
        modeles = [TITRE_DE_LIGNE, *autres]
        lignes = (
            "".join(modele.format(_ecrire(valeur)) for modele, valeur in zip(modeles, ligne, strict=True))
            for ligne in self.lignes
        )
        return mark_safe("".join(f"<tr>{ligne}</tr>\n" for ligne in lignes))  # noqa: S308 - chaque valeur est échappée

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


def _ecrire(valeur: Valeur) -> str:
    """La valeur, dite et échappée ; un nombre ne porte rien à échapper."""
    return dire(valeur) if isinstance(valeur, int | float) else escape(dire(valeur))


def dire(valeur: Valeur) -> str:
    """« 1 204 », « 0,71 », « 37,5 », « 12/03/2027 » ; « N/A » quand il n'y a rien à dire."""
    if valeur is None or valeur == "":
        return "N/A"
    if isinstance(valeur, float):
        return f"{valeur:,.2f}".rstrip("0").rstrip(".").replace(",", INSECABLE).replace(".", ",")
    if isinstance(valeur, int):
        return dire_nombre(valeur)
    return f"{valeur:%d/%m/%Y}" if isinstance(valeur, date) else valeur


def part(nombre: int, total: int) -> int | None:
    """Part en pourcentage entier, le demi arrondi au-dessus ; `None` quand il n'y a rien à partager."""
    return (200 * nombre + total) // (2 * total) if total else None


def code_du_departement(code: str) -> str:
    """« 94 » : le numéro qui suffit dans une colonne."""
    return code.removeprefix("0")
