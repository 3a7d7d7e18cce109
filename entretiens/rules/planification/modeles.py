"""Ce que le planning automatique reçoit et ce qu'il rend (R22 à R26, écran A7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import count

from entretiens.rules.placement import Occupation
from referentiel.rules.dates import jour_de, jours_ouvres_entre
from referentiel.rules.jeu import Modalite

DEUX_HEURES = timedelta(hours=2)
NEUF_HEURES_TRENTE = time(9, 30)


@dataclass(frozen=True, slots=True)
class Candidat:
    """Une candidature qui attend une place.

    `cle` la désigne ; `eleve`, `origine` et `accueil` sont les clés de l'élève, de son établissement et de
    l'accueil qui le reçoit. Un élève n'a qu'une candidature par accueil (R14).
    `inscrit_le` : le plus ancien passe d'abord. `modalites` : celles qui lui conviennent, `INDIVIDUEL`,
    `COLLECTIF` ou les deux (R7).
    `prises` : ses autres entretiens, où que ce soit (R23) ; rien n'en sort vers l'écran que « pas disponible »
    ou « ce jour-là » quand ils sont d'un autre établissement (R25b).
    `loin` : à plus d'une heure de trajet de l'établissement d'accueil.
    """

    cle: int
    eleve: int
    origine: int
    accueil: int
    inscrit_le: datetime
    modalites: frozenset[Modalite] = frozenset({Modalite.INDIVIDUEL, Modalite.COLLECTIF})
    prises: tuple[Occupation, ...] = ()
    loin: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Un créneau et ce qu'il y reste de places.

    `jury` désigne qui reçoit (la séance, faute de jury) : il sert à ne pas laisser de trou dans sa journée.
    `presents` : établissements d'origine de ceux qui y sont déjà placés, un par élève ; un créneau complet
    (`libres` à 0) peut donc être donné, pour que le planning se range autour.
    """

    cle: int
    accueil: int
    debut: datetime
    fin: datetime
    libres: int
    etablissement: int
    lieu: str = ""
    jury: int | None = None
    collective: bool = False
    presents: tuple[int, ...] = ()

    @property
    def modalite(self) -> Modalite:
        return Modalite.COLLECTIF if self.collective else Modalite.INDIVIDUEL

    @property
    def occupation(self) -> Occupation:
        """Ce que la place prendrait du temps d'un élève."""
        return Occupation(self.debut, self.fin, self.etablissement, self.lieu)


@dataclass(frozen=True, slots=True)
class Reglages:
    """Les choix de l'écran A7, et ce que la campagne impose.

    `le` : l'instant du calcul, rien n'est proposé avant. `du`, `au` : premier et dernier jour des entretiens,
    compris (R24) ; `None` s'il n'y a pas de borne.
    `marge` : temps de trajet entre deux lieux (R23). `rompre_la_marge` permet de la rompre, et seulement pour ne
    laisser personne ; qui confirme doit alors l'accepter, `Placement.marge_rompue` le dit.
    `preavis` : jours ouvrés pour remettre la convocation ; `tenir_le_preavis` l'exige (R5).
    `regrouper` : réunir les élèves d'un même établissement sur une demi-journée.
    `eviter_deux_heures` : pas d'autre entretien ailleurs à moins de deux heures, autant que possible ; dans un
    même lieu, deux entretiens qui se suivent épargnent un trajet et ne comptent pas.
    `menager_les_lointains` : après 9 h 30 pour qui vient de loin, autant que possible.
    """

    le: datetime
    du: date | None = None
    au: date | None = None
    marge: timedelta = timedelta(minutes=90)
    preavis: int = 5
    tenir_le_preavis: bool = True
    regrouper: bool = True
    eviter_deux_heures: bool = True
    menager_les_lointains: bool = False
    rompre_la_marge: bool = False

    @property
    def au_plus_tot(self) -> date:
        """Premier jour à `preavis` jours ouvrés, au moins, de celui du calcul."""
        return _premier_jour_a(self.preavis, jour_de(self.le))


@lru_cache
def _premier_jour_a(preavis: int, depart: date) -> date:
    jours = (depart + timedelta(days=n) for n in count())
    return next(jour for jour in jours if jours_ouvres_entre(depart, jour) >= preavis)


class Motif(StrEnum):
    """Pourquoi un élève reste sans place."""

    SANS_PLACE = "sans_place"
    MODALITE = "modalite"
    PREAVIS = "preavis"
    INDISPONIBLE = "indisponible"
    MARGE = "marge"
    DISPUTEE = "disputee"
    COMPLET = "complet"


@dataclass(frozen=True, slots=True)
class Placement:
    """Un élève et la place proposée.

    `pourquoi` dit la raison du choix, `remarques` ce qu'il faut savoir avant de confirmer, en phrases à montrer.
    `marge_rompue` : moins que la marge de trajet entre cet entretien et un autre ; qui confirme doit le savoir.
    """

    candidat: int
    place: int
    pourquoi: str
    remarques: tuple[str, ...] = ()
    marge_rompue: bool = False


@dataclass(frozen=True, slots=True)
class Laisse:
    """Un élève resté sans place ; `raison` est une phrase à montrer."""

    candidat: int
    motif: Motif
    raison: str


@dataclass(frozen=True, slots=True)
class Proposition:
    """Un planning complet : chaque candidat y est, placé ou laissé, par clé de candidature."""

    placements: Mapping[int, Placement] = field(default_factory=dict)
    laisses: Mapping[int, Laisse] = field(default_factory=dict)
