"""Ce que disent des avis de la façon de les donner : répartition, remarques, poids dans le résultat (R35, écran S3).

Rien ici ne classe les établissements : un indice décrit, il ne note pas. `docs/decisions/0017-chiffres-du-bilan.md`
dit chaque définition et ses raisons.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import TypeVar

from pilotage.tableaux import part
from referentiel.rules.jeu import Avis, Case

T = TypeVar("T")
# En dessous, un établissement a trop peu d'avis pour qu'une répartition dise quelque chose.
AVIS_AU_MOINS = 10
# En dessous, une distribution laisserait deviner un établissement.
ETABLISSEMENTS_AU_MOINS = 10
PART_PEU_DIFFERENCIES = 90
PART_DE_RESERVES = 50
COMPTE_RENDU_COURT = 120
PART_REPETEE = 30

PEU_DIFFERENCIES = "Avis peu différenciés"
RESERVES_NOMBREUX = "Part d’avis réservés élevée"
TRES_COURTS = "Comptes-rendus très courts"
REPETES = "Textes répétés"

Comptes = Mapping[Avis, int]
Matrice = Mapping[tuple[Avis, Avis], Case]


def indice_de_repartition(comptes: Comptes, valeurs: int) -> float | None:
    """(1 − Σp²) ÷ (1 − 1/k), k étant le nombre de `valeurs` possibles : 0 toujours le même avis, 1 autant de chaque.

    `None` sous dix avis, ou si l'échelle n'a qu'une valeur.
    """
    total = sum(comptes.values())
    if total < AVIS_AU_MOINS or valeurs < 2:
        return None
    inegalite = 1 - sum((nombre / total) ** 2 for nombre in comptes.values())
    return round(inegalite / (1 - 1 / valeurs), 2)


def part_du_plus_frequent(comptes: Comptes) -> int | None:
    """Part, en pourcentage entier, de l'avis le plus donné ; `None` sous dix avis."""
    total = sum(comptes.values())
    return part(max(comptes.values()), total) if total >= AVIS_AU_MOINS else None


def remarques_sur_les_avis(comptes: Comptes, *, a_l_accueil: bool) -> list[str]:
    """Remarques neutres sur la répartition des avis d'un établissement ; aucune sous dix avis."""
    total = sum(comptes.values())
    if total < AVIS_AU_MOINS:
        return []
    remarques = [PEU_DIFFERENCIES] if 100 * max(comptes.values()) >= PART_PEU_DIFFERENCIES * total else []
    if a_l_accueil and 100 * comptes.get(Avis.RESERVE, 0) >= PART_DE_RESERVES * total:
        remarques.append(RESERVES_NOMBREUX)
    return remarques


def remarques_sur_les_textes(nombre: int, mediane: float | None, repetes: int) -> list[str]:
    """Remarques sur les comptes-rendus d'un établissement ; aucune sous dix."""
    if nombre < AVIS_AU_MOINS or mediane is None:
        return []
    remarques = [TRES_COURTS] if mediane < COMPTE_RENDU_COURT else []
    return remarques + ([REPETES] if 100 * repetes >= PART_REPETEE * nombre else [])


def lignes_a_taire(totaux: Mapping[T, int]) -> frozenset[T]:
    """Lignes dont le détail se tait à qui ne lit aucun nom : celles de moins de dix, et ce qu'il faut pour les cacher.

    Une seule ligne tue se retrouverait en ôtant les autres du total : les suivantes se taisent aussi, de la plus petite
    à la plus grande, jusqu'à ce que deux au moins le soient et qu'elles réunissent dix.
    """
    ordre = sorted((nombre, rang, cle) for rang, (cle, nombre) in enumerate(totaux.items()) if nombre)
    tues: list[tuple[int, int, T]] = [ligne for ligne in ordre if ligne[0] < AVIS_AU_MOINS]
    if tues:
        reste = ordre[len(tues) :]
        while reste and (len(tues) < 2 or sum(nombre for nombre, _, _ in tues) < AVIS_AU_MOINS):
            tues.append(reste.pop(0))
    return frozenset(cle for _, _, cle in tues) | {cle for cle, nombre in totaux.items() if not nombre}


# La rencontre des deux avis ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Poids:
    """Combien d'avis finaux auraient été autres si un côté avait toujours donné son avis le plus fréquent."""

    avis: Avis
    autres: int
    total: int

    @property
    def part(self) -> int | None:
        return part(self.autres, self.total)


def poids(rencontres: Mapping[tuple[Avis, Avis], int], matrice: Matrice, *, de_l_origine: bool) -> Poids | None:
    """Ce que pèse un côté : les résultats qui changent quand tous ses avis deviennent le plus fréquent d'entre eux.

    Ne compte que les rencontres de deux avis donnés. `None` s'il n'y en a aucune.
    """
    completes = {
        couple: nombre
        for couple, nombre in rencontres.items()
        if Avis.ABSENT not in couple and couple in matrice and nombre
    }
    if not completes:
        return None
    donnes: Counter[Avis] = Counter()
    for (origine, accueil), nombre in completes.items():
        donnes[origine if de_l_origine else accueil] += nombre
    rangs = {avis: rang for rang, avis in enumerate(Avis)}
    frequent = min(donnes, key=lambda avis: (-donnes[avis], rangs[avis]))
    autres = sum(
        nombre
        for (origine, accueil), nombre in completes.items()
        if matrice[(frequent, accueil) if de_l_origine else (origine, frequent)].resultat
        != matrice[origine, accueil].resultat
    )
    return Poids(frequent, autres, sum(completes.values()))


# Se situer -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Distribution:
    """Les quartiles d'une mesure dans l'académie, et combien d'établissements y comptent."""

    bas: float
    mediane: float
    haut: float
    etablissements: int


def distribution(mesures: Sequence[float | None]) -> Distribution | None:
    """Quartiles des mesures connues ; `None` sous dix établissements : on y reconnaîtrait le voisin."""
    connues = [mesure for mesure in mesures if mesure is not None]
    if len(connues) < ETABLISSEMENTS_AU_MOINS:
        return None
    bas, mediane, haut = quantiles(connues, n=4, method="inclusive")
    return Distribution(round(bas, 2), round(mediane, 2), round(haut, 2), len(connues))
