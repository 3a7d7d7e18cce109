"""Ce que vaut un plan, compté sans rien devoir à qui l'a fait."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations

from entretiens.rules.placement import Occupation, se_genent
from entretiens.rules.planification.modeles import Place
from outils.planning.glouton import Plan
from outils.planning.territoire import Demande
from referentiel.rules.dates import PARIS, jour_de

MIDI = 12


@dataclass(frozen=True, slots=True)
class Valeur:
    """`venues` : demi-journées où un établissement d'origine envoie des élèves dans un lycée."""

    places: int
    fautes: int
    marges_rompues: int
    venues: int
    trous: int


def evaluer(demande: Demande, plan: Plan) -> Valeur:
    conflits, rompues = _chez_les_eleves(demande, plan)
    return Valeur(
        places=len(plan),
        fautes=conflits + _fautes_des_places(demande, plan),
        marges_rompues=rompues,
        venues=_venues(demande, plan),
        trous=_trous(demande, plan),
    )


def _chez_les_eleves(demande: Demande, plan: Plan) -> tuple[int, int]:
    """Paires d'entretiens d'un élève qui se chevauchent, et paires trop proches pour le trajet."""
    places = {place.cle: place for place in demande.places}
    fixes: dict[int, set[Occupation]] = defaultdict(set)
    proposes: dict[int, list[Occupation]] = defaultdict(list)
    for candidat in demande.candidats:
        fixes[candidat.eleve].update(candidat.prises)
        if candidat.cle in plan:
            proposes[candidat.eleve].append(places[plan[candidat.cle]].occupation)
    conflits = rompues = 0
    for eleve, prises in proposes.items():
        for un, autre in combinations([*prises, *fixes[eleve]], 2):
            chevauche = se_genent(un, autre, marge=timedelta(0))
            conflits += chevauche
            rompues += not chevauche and se_genent(un, autre, marge=demande.reglages.marge)
    return conflits, rompues


def _fautes_des_places(demande: Demande, plan: Plan) -> int:
    """Élèves de trop, ou envoyés à un accueil, une modalité ou un jour qui ne sont pas les leurs."""
    places = {place.cle: place for place in demande.places}
    occupes = Counter(plan.values())
    fautes = sum(max(0, nombre - places[cle].libres) for cle, nombre in occupes.items())
    for candidat in demande.candidats:
        if candidat.cle in plan:
            place = places[plan[candidat.cle]]
            fautes += (
                place.accueil != candidat.accueil
                or place.modalite not in candidat.modalites
                or jour_de(place.debut) < demande.reglages.au_plus_tot
            )
    return fautes


def _venues(demande: Demande, plan: Plan) -> int:
    places = {place.cle: place for place in demande.places}
    return len(
        {
            (place.etablissement, *_demi_journee(place), candidat.origine)
            for candidat in demande.candidats
            if candidat.cle in plan and (place := places[plan[candidat.cle]])
        }
    )


def _demi_journee(place: Place) -> tuple[object, bool]:
    return jour_de(place.debut), place.debut.astimezone(PARIS).hour >= MIDI


def _trous(demande: Demande, plan: Plan) -> int:
    """Créneaux vides entre deux créneaux occupés d'un même jury, le même jour."""
    occupes = set(plan.values())
    journees: dict[tuple[object, ...], list[bool]] = defaultdict(list)
    for place in sorted(demande.places, key=lambda place: (place.debut, place.cle)):
        journees[place.jury, jour_de(place.debut)].append(place.cle in occupes)
    trous = 0
    for journee in journees.values():
        if any(journee):
            premier, dernier = journee.index(True), len(journee) - journee[::-1].index(True)
            trous += journee[premier:dernier].count(False)
    return trous
