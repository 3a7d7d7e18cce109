"""Le planning automatique, à côté d'un plan glouton des mêmes demandes ; `bin/mesurer-planning` en dit davantage."""

from collections.abc import Callable, Iterable

from outils.mesurer_le_planning import MEMOIRE_AU_PLUS, TAILLES, memoire_d_un_processus, planifier
from outils.mesures.chronometre import Chronometre
from outils.mesures.lignes import Ligne, ligne
from outils.planning.glouton import Glouton
from outils.planning.mesures import evaluer
from outils.planning.territoire import demande

MESUREES, TOURS = (400, 2_000, 40_000), 3


def mesurer(dire: Callable[[str], None], *, tailles: Iterable[int] = MESUREES, tours: int = TOURS) -> list[Ligne]:
    lignes = []
    for taille in tailles:
        dire(f"{taille} candidatures")
        lignes.append(_ligne(taille, tours))
    return lignes


def _ligne(taille: int, tours: int) -> Ligne:
    cas = demande(taille, 0)
    gestes = {"produit": lambda: planifier(cas), "nu": lambda: Glouton(cas).planifier()}
    releves = Chronometre(base=False).alterner(gestes, tours=tours, echauffement=1)
    plan, glouton = (evaluer(cas, geste()) for geste in gestes.values())
    memoire = memoire_d_un_processus(taille)
    _, _, secondes = TAILLES[taille]
    durees = [duree.processeur for duree in releves["produit"]]
    manques = {
        f"{plan.fautes} fautes": plan.fautes > 0,
        f"{plan.places} placées, {glouton.places} par le glouton": plan.places < glouton.places,
        f"{plan.venues} demi-journées, {glouton.venues} par le glouton": plan.venues >= glouton.venues,
        f"plus de {secondes:.0f} s": max(durees) > secondes,
        f"plus de {MEMOIRE_AU_PLUS} Mo": memoire > MEMOIRE_AU_PLUS,
    }
    return ligne(
        f"Planning de {taille} candidatures",
        releves,
        vise=None,
        memoire=memoire,
        manques=[manque for manque, vrai in manques.items() if vrai],
        plus={
            "placées (glouton)": f"{plan.places} ({glouton.places})",
            "demi-journées (glouton)": f"{plan.venues} ({glouton.venues})",
        },
    )
