"""Les fiches récapitulatives, à côté de WeasyPrint seul sur le même HTML ; `bin/mesurer-fiches` en fait mille."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from outils.mesurer_les_fiches import (
    GAIN_VISE,
    MEMOIRE_VISEE,
    RAPPORT_VISE,
    TOUR,
    TOURS,
    Comptage,
    Mesure,
    ParFiche,
)
from outils.mesures.chronometre import Chronometre
from outils.mesures.lignes import Ligne, ligne

FICHES = 200


def mesurer(dire: Callable[[str], None], *, fiches: int = FICHES, tours: int = TOURS) -> list[Ligne]:
    mesure = Mesure()
    dire(f"Une fiche : {tours} tours de {TOUR}")
    releves = mesure.comparer(tours=tours)
    gain = ParFiche.de(releves).gain
    dire(f"{fiches} fiches, deux moteurs")
    suivi = Comptage(etapes=frozenset({min(100, fiches), fiches}))
    with tempfile.TemporaryDirectory(prefix="passpro-mesure-") as nom:
        fichier = Path(nom) / "fiches.pdf"
        lot, _ = Chronometre().chronometrer(lambda: mesure.lot(fiches, suivi, moteurs=2, fichier=fichier))
    manques = {
        f"deux moteurs {gain:.2f} fois plus vite qu'un, {GAIN_VISE} visé": gain < GAIN_VISE,
        f"{suivi.refusees} fiches refusées": suivi.refusees > 0,
        f"plus de {MEMOIRE_VISEE} Mo": suivi.memoires[fiches] > MEMOIRE_VISEE,
    }
    nues = {"nu": releves["nue"]}
    par_fiche = lot._replace(processeur=lot.processeur / fiches * TOUR, horloge=lot.horloge / fiches * TOUR)
    return [
        ligne("Une fiche, un moteur", nues | {"produit": releves["un"]}, vise=RAPPORT_VISE, diviseur=TOUR),
        ligne(
            f"Une fiche d'un lot de {fiches}, deux moteurs",
            nues | {"produit": [par_fiche]},
            vise=None,
            diviseur=TOUR,
            memoire=suivi.memoires[fiches],
            manques=[manque for manque, vrai in manques.items() if vrai],
            plus={"deux moteurs ÷ un (horloge)": f"{gain:.2f}", "lot entier (s)": f"{lot.horloge:.0f}"},
        ),
    ]
