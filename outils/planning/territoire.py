"""Des demandes de planning vraisemblables : de vrais établissements, des élèves inventés.

Les lycées et les collèges sont ceux de `fixtures/etablissements/`, à leurs vraies coordonnées ; un élève choisit un,
deux ou trois domaines, chacun dans l'un des lycées proches qui le reçoivent.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import count
from math import ceil
from pathlib import Path
from random import Random

from candidatures.rules import distance
from entretiens.rules.placement import Occupation
from entretiens.rules.planification.modeles import Candidat, Place, Reglages
from entretiens.rules.series import decouper
from referentiel.rules.dates import PARIS, a_paris, est_ouvre
from referentiel.rules.jeu import Modalite

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
ACADEMIES = ("creteil", "paris", "versailles")
OUVERTURE = datetime(2027, 2, 1, 8, tzinfo=PARIS)
PREMIER_JOUR, DERNIER_JOUR = date(2027, 3, 1), date(2027, 5, 14)
MATIN, APRES_MIDI = (time(9), time(12)), (time(14), time(17))
ENTRETIEN = timedelta(minutes=20)
SEANCE_COLLECTIVE = 30
CANDIDATS_PAR_LYCEE = 300
DOMAINES_PAR_LYCEE = (3, 4, 5, 6)
POIDS_DES_DOMAINES = {1: 55, 2: 28, 3: 17}
LYCEES_PROCHES = 5
OCCUPATION = (0.90, 0.98)
PART_DEJA_PRIS = 0.10
LOIN = 25.0
Lieu = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Ecole:
    cle: int
    lieu: Lieu


@dataclass(frozen=True, slots=True)
class Accueil:
    cle: int
    lycee: Ecole
    domaine: int
    collectif: bool


@dataclass(frozen=True, slots=True)
class Demande:
    """Ce qu'on donne au planning : un territoire, son nombre de candidats, ses places."""

    candidats: tuple[Candidat, ...]
    places: tuple[Place, ...]
    reglages: Reglages


def demande(candidatures: int, graine: int) -> Demande:
    """Une demande d'autant de candidatures, toujours la même pour une graine."""
    hasard = Random(graine)  # noqa: S311 - un tirage qui doit pouvoir se refaire
    colleges, lycees = _voisinage(hasard, ceil(candidatures / CANDIDATS_PAR_LYCEE))
    accueils = list(_ouvrir(hasard, lycees))
    candidats = _inscrire(hasard, candidatures, colleges, accueils)
    return Demande(
        tuple(candidats),
        tuple(_creneaux(hasard, accueils, candidats)),
        Reglages(le=OUVERTURE, du=PREMIER_JOUR, au=DERNIER_JOUR, rompre_la_marge=True),
    )


@cache
def _ecoles() -> tuple[list[Ecole], list[Ecole]]:
    """Collèges et lycées livrés, dans l'ordre des fichiers."""
    colleges, lycees, cles = [], [], count(1)
    for academie in ACADEMIES:
        for ligne in json.loads((FIXTURES / "etablissements" / f"{academie}.json").read_text()):
            ecole = Ecole(next(cles), (ligne["latitude"], ligne["longitude"]))
            (colleges if ligne["type"] == "Collège" else lycees).append(ecole)
    return colleges, lycees


@cache
def _domaines_collectifs() -> tuple[bool, ...]:
    catalogue = json.loads((FIXTURES / "catalogue.json").read_text())
    return tuple(domaine["modalite"] == Modalite.COLLECTIF for domaine in catalogue)


def _proches(lieu: Lieu, ecoles: Sequence[Ecole]) -> list[Ecole]:
    return sorted(ecoles, key=lambda ecole: (distance(lieu, ecole.lieu), ecole.cle))


def _voisinage(hasard: Random, nombre: int) -> tuple[list[Ecole], list[Ecole]]:
    """Autant de lycées voisins qu'il en faut, et les collèges les plus proches."""
    colleges, lycees = _ecoles()
    retenus = _proches(hasard.choice(lycees).lieu, lycees)[:nombre]
    return _proches(retenus[0].lieu, colleges)[: max(25, ceil(1.6 * nombre))], retenus


def _ouvrir(hasard: Random, lycees: Sequence[Ecole]) -> Iterator[Accueil]:
    """Les domaines que chaque lycée reçoit."""
    collectifs, cles = _domaines_collectifs(), count(1)
    for lycee in lycees:
        for domaine in hasard.sample(range(len(collectifs)), hasard.choice(DOMAINES_PAR_LYCEE)):
            yield Accueil(next(cles), lycee, domaine, collectifs[domaine])


def _inscrire(
    hasard: Random, candidatures: int, colleges: Sequence[Ecole], accueils: Sequence[Accueil]
) -> list[Candidat]:
    par_domaine: dict[int, list[Accueil]] = defaultdict(list)
    for accueil in accueils:
        par_domaine[accueil.domaine].append(accueil)
    candidats: list[Candidat] = []
    for eleve in count(1):
        college = hasard.choice(colleges)
        inscrit_le = OUVERTURE - timedelta(minutes=hasard.randrange(60 * 24 * 20))
        [combien] = hasard.choices(*zip(*POIDS_DES_DOMAINES.items(), strict=True))
        prises = (_ailleurs(hasard),) if hasard.random() < PART_DEJA_PRIS else ()
        for domaine in hasard.sample(sorted(par_domaine), min(combien, len(par_domaine))):
            accueil = _choisir_le_lycee(hasard, college, par_domaine[domaine])
            loin = (distance(college.lieu, accueil.lycee.lieu) or 0) > LOIN
            candidats.append(
                Candidat(len(candidats) + 1, eleve, college.cle, accueil.cle, inscrit_le, prises=prises, loin=loin)
            )
            if len(candidats) == candidatures:
                return candidats
    return candidats


def _choisir_le_lycee(hasard: Random, college: Ecole, accueils: Sequence[Accueil]) -> Accueil:
    proches = sorted(accueils, key=lambda a: (distance(college.lieu, a.lycee.lieu), a.cle))[:LYCEES_PROCHES]
    return hasard.choices(proches, range(len(proches), 0, -1))[0]


def _ailleurs(hasard: Random) -> Occupation:
    """Un entretien déjà planifié par un lycée qui n'est pas de la demande."""
    jour = hasard.choice(list(_jours_ouvres(PREMIER_JOUR)))
    debut = a_paris(jour, time(hasard.choice((9, 10, 11, 14, 15, 16)), hasard.choice((0, 20, 40))))
    return Occupation(debut, debut + ENTRETIEN, -hasard.randrange(1, 50), "")


def _jours_ouvres(depart: date) -> Iterator[date]:
    for rang in range((DERNIER_JOUR - depart).days + 1):
        if est_ouvre(jour := depart + timedelta(days=rang)):
            yield jour


def _creneaux(hasard: Random, accueils: Sequence[Accueil], candidats: Sequence[Candidat]) -> Iterator[Place]:
    """Pour chaque accueil, un peu plus de places que de candidats, sur des jours qui se suivent."""
    attendus: dict[int, int] = defaultdict(int)
    for candidat in candidats:
        attendus[candidat.accueil] += 1
    cles, jurys = count(1), count(1)
    for accueil in accueils:
        manquent = ceil(attendus[accueil.cle] / hasard.uniform(*OCCUPATION))
        postes = [next(jurys) for _ in range(hasard.choice((1, 1, 2, 3)))]
        for jour in _jours_ouvres(PREMIER_JOUR + timedelta(days=hasard.randrange(45))):
            for jury, debut, fin in _seances(accueil, jour, postes):
                if manquent <= 0:
                    break
                libres = min(manquent, SEANCE_COLLECTIVE) if accueil.collectif else 1
                manquent -= libres
                yield Place(
                    next(cles),
                    accueil.cle,
                    debut,
                    fin,
                    libres,
                    accueil.lycee.cle,
                    jury=jury,
                    collective=accueil.collectif,
                )


def _seances(accueil: Accueil, jour: date, postes: Sequence[int]) -> Iterator[tuple[int, datetime, datetime]]:
    """Les créneaux d'une journée, demi-journée par demi-journée, un jury après l'autre."""
    for de, a in (MATIN, APRES_MIDI):
        debut, fin = a_paris(jour, de), a_paris(jour, a)
        for jury in postes:
            duree = timedelta(hours=1, minutes=30) if accueil.collectif else ENTRETIEN
            for commence, finit in decouper(debut, fin, duree=duree):
                yield jury, commence, finit
