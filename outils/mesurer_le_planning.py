"""Mesure le planning automatique, à côté d'un plan glouton et d'une borne qu'aucun plan ne dépasse.

    bin/mesurer-planning                    quatre tailles, de 400 à 40 000 candidatures
    bin/mesurer-planning 400 2000           celles-là seulement

Les demandes sont tirées au sort à graine fixe sur de vrais établissements : elles sont les mêmes partout. Les tours du
planning et du glouton alternent ; ce qui se compare est le rapport de leurs temps de processeur, pas des secondes.
"""

import resource
import statistics
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from entretiens.rules.planification.calcul import proposer
from outils.mesures.chronometre import Chronometre
from outils.planning.glouton import Glouton, Plan, borne
from outils.planning.mesures import Valeur, evaluer
from outils.planning.territoire import Demande, demande

# Taille : combien de demandes différentes, combien de tours de chacune, secondes de processeur à ne pas dépasser.
TAILLES = {400: (20, 3, 3.0), 2_000: (6, 3, 10.0), 10_000: (2, 3, 30.0), 40_000: (1, 3, 60.0)}
MEMOIRE_AU_PLUS = 1_000
TITRES = (
    "candidatures",
    "placées : planning",
    "glouton",
    "borne",
    "fautes",
    "marges rompues : planning",
    "glouton",
    "demi-journées : planning",
    "glouton",
    "rapport",
    "trous : planning",
    "glouton",
    "temps ÷ glouton",
    "secondes",
    "Mo",
)


@dataclass(frozen=True, slots=True)
class Ligne:
    """Une taille : les sommes de ses demandes, et les temps médians d'une demande."""

    taille: int
    candidatures: int
    planning: Valeur
    glouton: Valeur
    borne: int
    rapport_des_temps: float
    secondes: float
    memoire: int

    @property
    def est_tenue(self) -> bool:
        return (
            self.planning.fautes == 0
            and self.planning.places >= self.glouton.places
            and self.planning.venues < self.glouton.venues
            and self.secondes <= TAILLES[self.taille][2]
            and self.memoire <= MEMOIRE_AU_PLUS
        )

    @property
    def cellules(self) -> tuple[str, ...]:
        nombres = (
            self.candidatures,
            self.planning.places,
            self.glouton.places,
            self.borne,
            self.planning.fautes,
            self.planning.marges_rompues,
            self.glouton.marges_rompues,
            self.planning.venues,
            self.glouton.venues,
        )
        rapport = self.planning.venues / self.glouton.venues
        return (
            *map(_nombre, nombres),
            _decimale(rapport, 2),
            _nombre(self.planning.trous),
            _nombre(self.glouton.trous),
            _decimale(self.rapport_des_temps, 1),
            _decimale(self.secondes, 1),
            _nombre(self.memoire),
        )


def mesurer(taille: int) -> Ligne:
    graines, tours, _ = TAILLES[taille]
    chronometre = Chronometre(base=False)
    valeurs: dict[str, list[Valeur]] = {"planning": [], "glouton": []}
    durees: dict[str, list[float]] = {"planning": [], "glouton": []}
    rapports, bornes = [], 0
    for graine in range(graines):
        cas = demande(taille, graine)
        bornes += borne(cas.candidats, cas.places)
        for _ in range(tours):
            duree, plan = chronometre.chronometrer(lambda cas=cas: planifier(cas))
            durees["planning"].append(duree.processeur)
            duree, plan_glouton = chronometre.chronometrer(lambda cas=cas: Glouton(cas).planifier())
            durees["glouton"].append(duree.processeur)
            rapports.append(durees["planning"][-1] / durees["glouton"][-1])
        valeurs["planning"].append(evaluer(cas, plan))
        valeurs["glouton"].append(evaluer(cas, plan_glouton))
    return Ligne(
        taille=taille,
        candidatures=taille * graines,
        planning=_somme(valeurs["planning"]),
        glouton=_somme(valeurs["glouton"]),
        borne=bornes,
        rapport_des_temps=statistics.median(rapports),
        secondes=statistics.median(durees["planning"]),
        memoire=memoire_d_un_processus(taille),
    )


def planifier(cas: Demande) -> Plan:
    proposition = proposer(cas.candidats, cas.places, cas.reglages)
    return {cle: placement.place for cle, placement in proposition.placements.items()}


def _somme(valeurs: Sequence[Valeur]) -> Valeur:
    return Valeur(*(sum(getattr(valeur, nom) for valeur in valeurs) for nom in Valeur.__slots__))


def memoire_d_un_processus(taille: int) -> int:
    """Mémoire d'un processus neuf qui lit la demande et la planifie, au plus haut, en Mo."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as atelier:
        return atelier.submit(_au_plus_haut, taille).result()


def _au_plus_haut(taille: int) -> int:
    planifier(demande(taille, 0))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _nombre(nombre: int) -> str:
    return f"{nombre:,}".replace(",", "\u202f")


def _decimale(nombre: float, chiffres: int) -> str:
    return f"{nombre:.{chiffres}f}".replace(".", ",")


def _rangee(cellules: Sequence[str]) -> str:
    return f"| {' | '.join(cellules)} |"


def main(arguments: Sequence[str]) -> int:
    tailles = [int(argument) for argument in arguments] or list(TAILLES)
    if inconnues := [taille for taille in tailles if taille not in TAILLES]:
        print(f"Tailles possibles : {', '.join(map(str, TAILLES))}. Inconnues : {', '.join(map(str, inconnues))}.")
        return 2
    print(_rangee(TITRES))
    print(_rangee(["---:"] * len(TITRES)))
    tenues = []
    for taille in tailles:
        ligne = mesurer(taille)
        print(_rangee(ligne.cellules), flush=True)
        tenues.append(ligne.est_tenue)
    print("\nToutes les exigences sont tenues." if all(tenues) else "\nUne exigence n'est pas tenue.")
    return 0 if all(tenues) else 1


if __name__ == "__main__":
    # La borne remonte des chaînes d'élèves, un appel par élève.
    sys.setrecursionlimit(100_000)
    sys.exit(main(sys.argv[1:]))
