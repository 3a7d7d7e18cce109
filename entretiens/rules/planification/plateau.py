"""L'état de travail du planning : qui est où, et où chacun peut aller.

Chaque accueil est un **guichet** ; ses places y sont numérotées par heure, et un ensemble de places est un entier
dont le bit n dit si la place n en est. Chercher une place libre parmi des milliers est alors une opération.

Ce qu'une place coûte à un élève est une **gêne**, de 0 (aucune) à `MARGE_ROMPUE` ; une place impossible n'a pas
de gêne, elle n'est dans aucun ensemble. Les gênes d'un élève dépendent de ses autres entretiens, y compris ceux
que ce planning lui propose ailleurs : elles sont recalculées quand l'un de ceux-là bouge.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from entretiens.rules.placement import Occupation, se_genent
from entretiens.rules.planification.modeles import DEUX_HEURES, NEUF_HEURES_TRENTE, Candidat, Place, Reglages
from referentiel.rules.dates import PARIS
from referentiel.rules.jeu import Modalite

AUCUNE_GENE, TROP_TOT, AUTRE_PROCHE, MARGE_ROMPUE = range(4)
GENES = (AUCUNE_GENE, TROP_TOT, AUTRE_PROCHE, MARGE_ROMPUE)
SANS_PLACE = -1
MIDI = 12
Masques = tuple[int, int, int, int]


def numeros(masque: int) -> Iterator[int]:
    """Les numéros d'un ensemble de places, du plus petit au plus grand."""
    while masque:
        seul = masque & -masque
        yield seul.bit_length() - 1
        masque ^= seul


def demi_journee(instant: datetime) -> int:
    """Rang d'une demi-journée dans le calendrier : le matin est pair, l'après-midi impair."""
    local = instant.astimezone(PARIS)
    return 2 * local.toordinal() + (local.hour >= MIDI)


class Guichet:
    """Les places d'un accueil, numérotées par heure, et ce qu'il en reste."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.places = sorted(places, key=lambda place: (place.debut, place.cle))
        self.debuts = [place.debut for place in self.places]
        self.plus_longue = max(place.fin - place.debut for place in self.places)
        self.demis = [demi_journee(place.debut) for place in self.places]
        self.reste = [place.libres for place in self.places]
        self.occupants: list[list[int]] = [[] for _ in self.places]
        self.libres = self._masque(lambda place: place.libres > 0)
        self.avant_l_heure = self._masque(lambda p: p.debut.astimezone(PARIS).time() < NEUF_HEURES_TRENTE)
        self.offertes = self.libres
        individuelles = self._masque(lambda place: not place.collective)
        self.par_modalite = {
            Modalite.INDIVIDUEL: self.libres & individuelles,
            Modalite.COLLECTIF: self.libres & ~individuelles,
        }
        self.par_demi: dict[int, int] = defaultdict(int)
        for numero, demi in enumerate(self.demis):
            self.par_demi[demi] |= 1 << numero
        # Places d'où aucune place libre ne peut plus être atteinte, même en déplaçant d'autres élèves, sans dépasser
        # telle gêne.
        self.impasses = [0] * len(GENES)

    @property
    def capacite(self) -> int:
        return sum(place.libres for place in self.places)

    def pour(self, modalites: Iterable[Modalite]) -> int:
        """Les places qui sont à offrir dans l'une de ces modalités."""
        masque = 0
        for modalite in modalites:
            masque |= self.par_modalite[modalite]
        return masque

    def autour(self, prise: Occupation, ecart: timedelta) -> int:
        """Les places qu'un élève pris à ce moment ne tient pas, à `ecart` près d'un autre lieu (R23)."""
        masque = 0
        for numero in range(bisect_left(self.debuts, prise.debut - ecart - self.plus_longue), len(self.places)):
            if self.debuts[numero] >= prise.fin + ecart:
                break
            if se_genent(self.places[numero].occupation, prise, marge=ecart):
                masque |= 1 << numero
        return masque

    def _masque(self, convient: Callable[[Place], bool]) -> int:
        return sum(1 << numero for numero, place in enumerate(self.places) if convient(place))


class Plateau:
    """Les candidats, les guichets, et un planning en train de se faire.

    Un candidat est son rang dans l'attente, du plus ancien au plus récent : `candidats[0]` est le plus ancien.
    """

    def __init__(self, candidats: Iterable[Candidat], places: Iterable[Place], reglages: Reglages) -> None:
        self.reglages = reglages
        self.candidats = sorted(candidats, key=lambda candidat: (candidat.inscrit_le, candidat.cle))
        self.guichets = _ouvrir_les_guichets(places)
        self.place_de = [SANS_PLACE] * len(self.candidats)
        self.freres = _freres(self.candidats)
        self.attente: dict[int, list[int]] = defaultdict(list)
        for rang, candidat in enumerate(self.candidats):
            self.attente[candidat.accueil].append(rang)
        self.presents = Counter(
            (place.etablissement, demi_journee(place.debut), origine)
            for guichet in self.guichets.values()
            for place in guichet.places
            for origine in place.presents
        )
        # Demi-journées où un établissement vient dans un lycée, pour tous les établissements et tous les lycées.
        self.venues = len(self.presents)
        # Places visitées par les recherches : ce qui borne les plus longues, sans dépendre d'une horloge.
        self.effort = 0
        self._journal: list[tuple[int, int]] = []
        self._masques: dict[int, Masques] = {}
        self._autour: dict[tuple[int, Occupation, timedelta], int] = {}

    # Lire ---------------------------------------------------------------------------------------------------

    def guichet_de(self, rang: int) -> Guichet | None:
        return self.guichets.get(self.candidats[rang].accueil)

    def est_place(self, rang: int) -> bool:
        return self.place_de[rang] != SANS_PLACE

    def sans_place(self, accueil: int) -> list[int]:
        """Ceux qui attendent encore dans cet accueil, les plus anciens d'abord."""
        return [rang for rang in self.attente[accueil] if not self.est_place(rang)]

    def place(self, rang: int) -> Place:
        """La place où ce candidat est mis."""
        return self.guichets[self.candidats[rang].accueil].places[self.place_de[rang]]

    def possibles(self, rang: int) -> Masques:
        """Les places que ce candidat peut tenir, rangées par gêne."""
        masques = self._masques.get(rang)
        if masques is None:
            masques = self._masques[rang] = self._calculer(rang)
        return masques

    def tenables(self, rang: int) -> int:
        """Toutes les places que ce candidat peut tenir, quelle qu'en soit la gêne."""
        calmes, tot, proches, rompues = self.possibles(rang)
        return calmes | tot | proches | rompues

    def gene(self, rang: int, numero: int) -> int | None:
        """Ce que cette place coûterait à ce candidat, ou `None` s'il ne peut pas la tenir."""
        return next((gene for gene, masque in enumerate(self.possibles(rang)) if masque >> numero & 1), None)

    def gene_de(self, rang: int) -> int:
        """La gêne d'un candidat là où il est ; aucune s'il n'a pas de place."""
        return self.gene(rang, self.place_de[rang]) or AUCUNE_GENE if self.est_place(rang) else AUCUNE_GENE

    def autres_entretiens(self, rang: int) -> Iterator[Occupation]:
        """Ses autres entretiens : ceux qui existent, et ceux que ce planning lui propose."""
        yield from self.candidats[rang].prises
        for frere in self.freres[rang]:
            if self.est_place(frere):
                yield self.place(frere).occupation

    def _calculer(self, rang: int) -> Masques:
        candidat, reglages = self.candidats[rang], self.reglages
        guichet = self.guichets[candidat.accueil]
        restent = guichet.pour(candidat.modalites)
        proches = rompues = prises = 0
        for autre in self.autres_entretiens(rang):
            prises |= self._les_places_autour(candidat.accueil, autre, timedelta(0))
            rompues |= self._les_places_autour(candidat.accueil, autre, reglages.marge)
            if reglages.eviter_deux_heures:
                proches |= self._les_places_autour(candidat.accueil, autre, max(reglages.marge, DEUX_HEURES))
        tot = guichet.avant_l_heure if reglages.menager_les_lointains and candidat.loin else 0
        restent &= ~prises
        aisees = restent & ~rompues
        calmes = aisees & ~proches
        serrees = restent & rompues if reglages.rompre_la_marge else 0
        return calmes & ~tot, calmes & tot, aisees & proches, serrees

    def _les_places_autour(self, accueil: int, prise: Occupation, ecart: timedelta) -> int:
        cle = (accueil, prise, ecart)
        masque = self._autour.get(cle)
        if masque is None:
            masque = self._autour[cle] = self.guichets[accueil].autour(prise, ecart)
        return masque

    # Bouger -------------------------------------------------------------------------------------------------

    def poser(self, rang: int, numero: int) -> None:
        """Met un candidat sans place sur une place libre."""
        guichet = self.guichets[self.candidats[rang].accueil]
        guichet.occupants[numero].append(rang)
        guichet.reste[numero] -= 1
        if not guichet.reste[numero]:
            guichet.libres &= ~(1 << numero)
        self.place_de[rang] = numero
        self._journal.append((rang, SANS_PLACE))
        presence = self._presence(rang)
        self.venues += not self.presents[presence]
        self.presents[presence] += 1
        self._oublier_les_freres(rang)

    def lever(self, rang: int) -> int:
        """Retire un candidat de sa place, et la rend."""
        guichet, numero = self.guichets[self.candidats[rang].accueil], self.place_de[rang]
        presence = self._presence(rang)
        self.presents[presence] -= 1
        self.venues -= not self.presents[presence]
        guichet.occupants[numero].remove(rang)
        guichet.reste[numero] += 1
        guichet.libres |= 1 << numero
        guichet.impasses = [0] * len(GENES)
        self.place_de[rang] = SANS_PLACE
        self._journal.append((rang, numero))
        self._oublier_les_freres(rang)
        return numero

    @property
    def marque(self) -> int:
        """Où l'on en est, pour pouvoir y `revenir`."""
        return len(self._journal)

    def revenir(self, marque: int) -> None:
        """Remet chacun à la place qu'il avait à cette marque."""
        avant: dict[int, int] = {}
        for rang, numero in self._journal[marque:]:
            avant.setdefault(rang, numero)
        changes = {rang: numero for rang, numero in avant.items() if self.place_de[rang] != numero}
        for rang in changes:
            if self.est_place(rang):
                self.lever(rang)
        for rang, numero in changes.items():
            if numero != SANS_PLACE:
                self.poser(rang, numero)
        del self._journal[marque:]

    def _presence(self, rang: int) -> tuple[int, int, int]:
        candidat, numero = self.candidats[rang], self.place_de[rang]
        guichet = self.guichets[candidat.accueil]
        return guichet.places[numero].etablissement, guichet.demis[numero], candidat.origine

    def _oublier_les_freres(self, rang: int) -> None:
        for frere in self.freres[rang]:
            self._masques.pop(frere, None)
            if guichet := self.guichet_de(frere):
                guichet.impasses = [0] * len(GENES)


def _ouvrir_les_guichets(places: Iterable[Place]) -> dict[int, Guichet]:
    par_accueil: dict[int, list[Place]] = defaultdict(list)
    for place in places:
        par_accueil[place.accueil].append(place)
    return {accueil: Guichet(par_accueil[accueil]) for accueil in sorted(par_accueil)}


def _freres(candidats: list[Candidat]) -> list[tuple[int, ...]]:
    """Pour chaque candidat, les autres candidatures du même élève."""
    par_eleve: dict[int, list[int]] = defaultdict(list)
    for rang, candidat in enumerate(candidats):
        par_eleve[candidat.eleve].append(rang)
    return [tuple(frere for frere in par_eleve[c.eleve] if frere != rang) for rang, c in enumerate(candidats)]
