"""Ce à quoi le planning se compare : un plan glouton honnête, et la borne qu'aucun plan ne dépasse.

Ni l'un ni l'autre ne partage de code avec le planning automatique, sinon la règle `se_genent`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from entretiens.rules.placement import Occupation, se_genent
from entretiens.rules.planification.modeles import Candidat, Place
from outils.planning.territoire import Demande

Plan = Mapping[int, int]
SANS_MARGE = timedelta(0)


class Glouton:
    """Les élèves les moins libres d'abord, chacun à la première place qui lui va ; puis une réparation.

    Réparer : donner à qui reste la place d'un autre, si cet autre peut en prendre une libre ; d'abord avec la marge
    de trajet, puis sans.
    """

    def __init__(self, demande: Demande) -> None:
        self.reglages = demande.reglages
        self.candidats = {candidat.cle: candidat for candidat in demande.candidats}
        self.places = {place.cle: place for place in demande.places}
        self.de_l_accueil = par_accueil(demande.places)
        self.reste = {place.cle: place.libres for place in demande.places}
        self.occupants: dict[int, list[int]] = defaultdict(list)
        self.plan: dict[int, int] = {}
        self.prises: dict[int, list[Occupation]] = defaultdict(list)
        for candidat in demande.candidats:
            self.prises[candidat.eleve].extend(o for o in candidat.prises if o not in self.prises[candidat.eleve])

    def planifier(self) -> Plan:
        for candidat in self._les_moins_libres_d_abord():
            self._premiere_place(candidat, self.reglages.marge)
        for marge in (self.reglages.marge, SANS_MARGE):
            for candidat in self.candidats.values():
                if candidat.cle not in self.plan:
                    _ = self._premiere_place(candidat, marge) or self._reparer(candidat, marge)
        return self.plan

    def _les_moins_libres_d_abord(self) -> list[Candidat]:
        attendus: dict[int, int] = defaultdict(int)
        for candidat in self.candidats.values():
            attendus[candidat.accueil] += 1
        capacites = {a: sum(place.libres for place in places) for a, places in self.de_l_accueil.items()}

        def liberte(candidat: Candidat) -> tuple[float, int, int]:
            tenables = self._tenables(candidat, self.reglages.marge)
            aise = capacites.get(candidat.accueil, 0) / attendus[candidat.accueil]
            return aise, sum(1 for _ in tenables), candidat.cle

        return sorted(self.candidats.values(), key=liberte)

    def _tenables(self, candidat: Candidat, marge: timedelta) -> Iterator[Place]:
        prises = self.prises[candidat.eleve]
        for place in self.de_l_accueil.get(candidat.accueil, ()):
            if place.modalite in candidat.modalites and _est_tenable(place, prises, marge):
                yield place

    def _premiere_place(self, candidat: Candidat, marge: timedelta) -> bool:
        place = next((place for place in self._tenables(candidat, marge) if self.reste[place.cle]), None)
        if place:
            self._poser(candidat, place)
        return place is not None

    def _reparer(self, candidat: Candidat, marge: timedelta) -> bool:
        for place in self._tenables(candidat, marge):
            for occupant in self.occupants[place.cle]:
                if self._deplacer(self.candidats[occupant], marge):
                    self._poser(candidat, place)
                    return True
        return False

    def _deplacer(self, candidat: Candidat, marge: timedelta) -> bool:
        ancienne = self.places[self.plan[candidat.cle]]
        self._lever(candidat)
        if self._premiere_place(candidat, marge) and self.plan[candidat.cle] != ancienne.cle:
            return True
        if candidat.cle in self.plan:
            self._lever(candidat)
        self._poser(candidat, ancienne)
        return False

    def _poser(self, candidat: Candidat, place: Place) -> None:
        self.plan[candidat.cle] = place.cle
        self.reste[place.cle] -= 1
        self.occupants[place.cle].append(candidat.cle)
        self.prises[candidat.eleve].append(place.occupation)

    def _lever(self, candidat: Candidat) -> None:
        place = self.places[self.plan.pop(candidat.cle)]
        self.reste[place.cle] += 1
        self.occupants[place.cle].remove(candidat.cle)
        self.prises[candidat.eleve].remove(place.occupation)


def borne(candidats: Sequence[Candidat], places: Iterable[Place]) -> int:
    """Le plus grand nombre de placés si un élève pouvait suivre deux de ses candidatures à la fois.

    Un couplage maximum de chaque accueil, par chemins augmentants : aucun planning ne place davantage. Seuls les
    entretiens déjà pris comptent ; les `places` sont supposées ouvertes.
    """
    sieges: dict[int, list[tuple[int, int]]] = {}
    de_l_accueil = par_accueil(places)
    for candidat in candidats:
        sieges[candidat.cle] = [
            (place.cle, rang)
            for place in de_l_accueil.get(candidat.accueil, ())
            if place.modalite in candidat.modalites and _est_tenable(place, candidat.prises, SANS_MARGE)
            for rang in range(place.libres)
        ]
    tenu_par: dict[tuple[int, int], int] = {}

    def caser(candidat: int, vus: set[tuple[int, int]]) -> bool:
        libre = next((siege for siege in sieges[candidat] if siege not in tenu_par), None)
        if libre:
            tenu_par[libre] = candidat
            return True
        for siege in sieges[candidat]:
            if siege not in vus:
                vus.add(siege)
                if caser(tenu_par[siege], vus):
                    tenu_par[siege] = candidat
                    return True
        return False

    return sum(caser(candidat.cle, set()) for candidat in candidats)


def par_accueil(places: Iterable[Place]) -> dict[int, list[Place]]:
    """Les places de chaque accueil, dans l'ordre des heures."""
    rangees: dict[int, list[Place]] = defaultdict(list)
    for place in sorted(places, key=lambda place: (place.debut, place.cle)):
        rangees[place.accueil].append(place)
    return rangees


def _est_tenable(place: Place, prises: Iterable[Occupation], marge: timedelta) -> bool:
    return not any(se_genent(place.occupation, prise, marge=marge) for prise in prises)
