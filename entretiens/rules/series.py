"""Séries de créneaux : ce qui est demandé, ce que cela ouvrirait, ce dont il faut avertir (R22, R24)."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import combinations
from typing import Any

from entretiens.rules.planning import personnes_de
from referentiel.rules.dates import (
    INSECABLE,
    a_paris,
    dire_instant,
    dire_jour,
    est_ferie,
    jours_feries,
    jours_ouvres_entre,
)

DUREE_MINIMALE = timedelta(minutes=5)
DUREE_MAXIMALE = timedelta(hours=8)
JOURS_AU_PLUS = 200
CRENEAUX_AU_PLUS = 2000
DIMANCHE = 6


def decouper(
    debut: datetime,
    fin: datetime,
    *,
    duree: timedelta,
    battement: timedelta = timedelta(0),
    pause: tuple[datetime, datetime] | None = None,
) -> Iterator[tuple[datetime, datetime]]:
    """Créneaux successifs de `duree` entre `debut` et `fin`, séparés de `battement`, hors de la pause."""
    instant = debut
    while instant + duree <= fin:
        if pause and instant < pause[1] and instant + duree > pause[0]:
            instant = pause[1]
            continue
        yield instant, instant + duree
        instant += duree + battement


@dataclass(frozen=True, slots=True)
class Poste:
    """Qui reçoit et où : un jury (par sa clé, ou aucun) dans une salle."""

    jury: int | None
    nom: str
    salle: str
    membres: str = ""


@dataclass(frozen=True, slots=True)
class Serie:
    """Une série de créneaux telle qu'elle est demandée ; `jours` compte depuis lundi = 0."""

    du: date
    au: date
    jours: frozenset[int]
    de: time
    a: time
    duree: timedelta
    postes: tuple[Poste, ...]
    battement: timedelta = timedelta(0)
    pause: tuple[time, time] | None = None
    capacite: int = 1
    collective: bool = False
    exclure_les_conges: bool = True
    sans: frozenset[date] = frozenset()

    def reglages(self) -> dict[str, Any]:
        """De quoi reprendre la série plus tard, en valeurs simples."""
        return {
            "du": self.du.isoformat(),
            "au": self.au.isoformat(),
            "jours": sorted(self.jours),
            "de": self.de.isoformat("minutes"),
            "a": self.a.isoformat("minutes"),
            "pause": [heure.isoformat("minutes") for heure in self.pause or ()],
            "duree": int(self.duree.total_seconds()) // 60,
            "battement": int(self.battement.total_seconds()) // 60,
            "capacite": self.capacite,
            "collective": self.collective,
            "exclure": self.exclure_les_conges,
            "postes": [[poste.jury, poste.salle] for poste in self.postes],
        }


@dataclass(frozen=True, slots=True)
class SeancePrevue:
    """Une séance qui serait ouverte, avec ses créneaux."""

    jour: date
    poste: Poste
    debut: datetime
    fin: datetime
    capacite: int
    creneaux: tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True, slots=True)
class Apercu:
    """Ce que donnerait une série : ses séances, ce dont il faut avertir, ce qui empêche de l'ouvrir telle quelle."""

    seances: tuple[SeancePrevue, ...]
    avertissements: tuple[str, ...] = ()
    collisions: tuple[str, ...] = ()

    @property
    def nombre(self) -> int:
        return sum(len(seance.creneaux) for seance in self.seances)

    @property
    def jours(self) -> list[date]:
        return sorted({seance.jour for seance in self.seances})


def defauts_de_la_serie(serie: Serie) -> list[str]:
    """Ce qui empêche de lire une série, une phrase par défaut ; liste vide si elle se tient."""
    pause_vaine = serie.pause is not None and serie.pause[1] <= serie.pause[0]
    pause_longue = serie.pause is not None and serie.pause[0] <= serie.de and serie.pause[1] >= serie.a
    salles = [poste.salle for poste in serie.postes if poste.salle]
    verdicts = [
        (serie.au < serie.du, "La date de fin doit être après la date de début."),
        ((serie.au - serie.du).days >= JOURS_AU_PLUS, f"Une série couvre {JOURS_AU_PLUS} jours au plus."),
        (serie.a <= serie.de, "L’heure de fin doit être après l’heure de début."),
        (pause_vaine, "La fin de la pause doit être après son début."),
        (pause_longue, "La pause est plus longue que la journée."),
        (not DUREE_MINIMALE <= serie.duree <= DUREE_MAXIMALE, "Un entretien dure de 5 minutes à 8 heures."),
        (serie.battement < timedelta(0), "Le battement ne peut pas être négatif."),
        (serie.capacite < 1, "Un créneau reçoit au moins un élève."),
        (not serie.postes, "Choisissez au moins un jury ou une salle."),
        (len(salles) != len(set(salles)), "Deux jurys ne peuvent pas recevoir dans la même salle à la même heure."),
    ]
    return [phrase for vrai, phrase in verdicts if vrai]


def pourquoi_pas_ce_jour(jour: date) -> str | None:
    """Raison pour laquelle aucun entretien n'a lieu ce jour-là, ou `None` (R24)."""
    if jour.weekday() == DIMANCHE:
        return f"Le {dire_jour(jour)} est un dimanche."
    if est_ferie(jour):
        return f"Le {dire_jour(jour)} est férié ({jours_feries(jour.year)[jour]})."
    return None


def avertissements_du_jour(jour: date, *, vacances: str | None, aujourd_hui: date, preavis: int) -> list[str]:
    """Ce qui se fait après avertissement : samedi, vacances, moins de `preavis` jours ouvrés (R24)."""
    quand = dire_jour(jour, annee=False)
    trop_tot = jours_ouvres_entre(aujourd_hui, jour) < preavis
    verdicts = [
        (jour.weekday() == DIMANCHE - 1, f"Le {quand} : vérifiez que l’établissement est ouvert le samedi."),
        (vacances is not None, f"Le {quand} tombe pendant les vacances scolaires ({vacances})."),
        (trop_tot, f"Le {quand} est dans moins de {preavis} jours ouvrés."),
    ]
    return [phrase for vrai, phrase in verdicts if vrai]


def jours_de_la_serie(serie: Serie, en_vacances: Callable[[date], str | None]) -> list[date]:
    """Jours où la série ouvre des créneaux ; `en_vacances` donne le nom des vacances d'un jour, ou `None`.

    Vacances et jours fériés ne sont retirés que si la série le demande.
    """
    tous = (serie.du + timedelta(days=n) for n in range((serie.au - serie.du).days + 1))
    voulus = (jour for jour in tous if jour.weekday() in serie.jours and jour not in serie.sans)
    if not serie.exclure_les_conges:
        return list(voulus)
    return [jour for jour in voulus if not est_ferie(jour) and en_vacances(jour) is None]


def derouler(serie: Serie, jours: Iterable[date]) -> Iterator[SeancePrevue]:
    """Séances de la série, jour par jour et poste par poste."""
    for jour in jours:
        debut, fin = a_paris(jour, serie.de), a_paris(jour, serie.a)
        pause = (a_paris(jour, serie.pause[0]), a_paris(jour, serie.pause[1])) if serie.pause else None
        creneaux = (
            ((debut, fin),)
            if serie.collective
            else tuple(decouper(debut, fin, duree=serie.duree, battement=serie.battement, pause=pause))
        )
        for poste in serie.postes:
            yield SeancePrevue(jour, poste, debut, fin, serie.capacite, creneaux)


# Les personnes ------------------------------------------------------------------------------------------------


def dans_deux_jurys(postes: Iterable[Poste]) -> list[tuple[str, str, str]]:
    """Personnes qui sont dans deux jurys d'une même heure : leur nom, et celui des deux jurys."""
    return [
        (nom, un.nom, autre.nom)
        for un, autre in combinations(postes, 2)
        for cle, nom in personnes_de(un.membres).items()
        if cle in personnes_de(autre.membres)
    ]


# Dire une série -----------------------------------------------------------------------------------------------


def dire_la_serie(apercu: Apercu) -> str:
    """« 36 créneaux seront créés : 3 jours, 12 créneaux par jour, 1 jury. Premier : … Dernier : … »"""
    debuts = [debut for seance in apercu.seances for debut, _ in seance.creneaux]
    postes = {seance.poste for seance in apercu.seances}
    par_seance = len(apercu.seances[0].creneaux)
    chacun = " et par jury" if len(postes) > 1 else ""
    verbe = "seront créés" if apercu.nombre > 1 else "sera créé"
    return (
        f"{dire_les_creneaux(apercu.nombre)} {verbe}{INSECABLE}: {_compter(len(apercu.jours), 'jour')}, "
        f"{dire_les_creneaux(par_seance)} par jour{chacun}, {_dire_les_postes(postes)}. "
        f"Premier{INSECABLE}: {dire_instant(min(debuts), annee=False)}. "
        f"Dernier{INSECABLE}: {dire_instant(max(debuts), annee=False)}."
    )


def dire_les_creneaux(nombre: int) -> str:
    """« 1 créneau », « 36 créneaux »."""
    return f"{nombre} créneau{'x' if nombre > 1 else ''}"


def _dire_les_postes(postes: Collection[Poste]) -> str:
    if all(poste.nom == poste.salle for poste in postes):
        return f"{len(postes)} salle" if len(postes) < 2 else f"{len(postes)} salles"
    return _compter(len(postes), "jury")


def _compter(nombre: int, mot: str) -> str:
    return f"{nombre} {mot}{'s' if nombre > 1 else ''}"


def jour_de_la_suite(du: date, au: date, *, aujourd_hui: date) -> date:
    """Premier jour d'une série reprise : le même jour de semaine, après la fin de la première et après aujourd'hui."""
    apres = max(au, aujourd_hui)
    return du + timedelta(weeks=max(0, (apres - du).days) // 7 + 1)
