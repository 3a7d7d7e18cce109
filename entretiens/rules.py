"""Séries de créneaux, disponibilité des élèves, états d'un entretien, natures de convocation (R22 à R26b)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from referentiel.rules.dates import (
    INSECABLE,
    a_paris,
    dire_instant,
    dire_jour,
    est_ferie,
    jours_feries,
    jours_ouvres_entre,
)
from referentiel.rules.noms import chez as chez
from referentiel.rules.noms import nommer as nommer


class EtatEntretien(StrEnum):
    PREVU = "prevu"
    TENU = "tenu"
    ABSENT = "absent"
    EXCUSE = "excuse"
    ANNULE = "annule"


LIBELLES_ETATS: dict[EtatEntretien, str] = {
    EtatEntretien.PREVU: "Prévu",
    EtatEntretien.TENU: "Présence",
    EtatEntretien.ABSENT: "Absence",
    EtatEntretien.EXCUSE: "À reporter",
    EtatEntretien.ANNULE: "Annulé",
}

SUITES: dict[EtatEntretien, frozenset[EtatEntretien]] = {
    EtatEntretien.PREVU: frozenset(
        {EtatEntretien.TENU, EtatEntretien.ABSENT, EtatEntretien.EXCUSE, EtatEntretien.ANNULE}
    ),
    EtatEntretien.TENU: frozenset({EtatEntretien.ABSENT, EtatEntretien.EXCUSE}),
    EtatEntretien.ABSENT: frozenset({EtatEntretien.TENU, EtatEntretien.EXCUSE}),
    EtatEntretien.EXCUSE: frozenset(),
    EtatEntretien.ANNULE: frozenset(),
}

# Ceux qui occupent une place et le temps de l'élève.
OCCUPENT = frozenset({EtatEntretien.PREVU, EtatEntretien.TENU, EtatEntretien.ABSENT})


class NatureConvocation(StrEnum):
    INITIALE = "initiale"
    MODIFICATION = "modification"
    ANNULATION = "annulation"


LIBELLES_NATURES: dict[NatureConvocation, str] = {
    NatureConvocation.INITIALE: "Convocation",
    NatureConvocation.MODIFICATION: "Convocation modifiée",
    NatureConvocation.ANNULATION: "Annulation",
}


def peut_passer(de: EtatEntretien, vers: EtatEntretien) -> bool:
    return vers in SUITES[de]


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


# Séries de créneaux ------------------------------------------------------------------------------------------

DUREE_MINIMALE = timedelta(minutes=5)
DUREE_MAXIMALE = timedelta(hours=8)
JOURS_AU_PLUS = 200
CRENEAUX_AU_PLUS = 2000
DIMANCHE = 6


@dataclass(frozen=True, slots=True)
class Poste:
    """Qui reçoit et où : un jury (par sa clé, ou aucun) dans une salle."""

    jury: int | None
    nom: str
    salle: str


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
    """Ce que donnerait une série : ses séances et ce dont il faut avertir."""

    seances: tuple[SeancePrevue, ...]
    avertissements: tuple[str, ...] = ()

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
        (jour.weekday() == DIMANCHE - 1, f"Le {quand} est un samedi."),
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


# Placement -----------------------------------------------------------------------------------------------

INDISPONIBLE = "Cet élève n’est pas disponible à cette heure."


@dataclass(frozen=True, slots=True)
class Occupation:
    """Un moment où un élève est pris, et l'endroit où il l'est."""

    debut: datetime
    fin: datetime
    etablissement: int
    lieu: str


def se_genent(un: Occupation, autre: Occupation, *, marge: timedelta) -> bool:
    """Vrai si un élève ne peut pas tenir les deux ; `marge` compte entre deux lieux différents (R23)."""
    ecart = timedelta(0) if (un.etablissement, un.lieu) == (autre.etablissement, autre.lieu) else marge
    return un.debut < autre.fin + ecart and autre.debut < un.fin + ecart


def pourquoi_pas_a_cette_heure(voulue: Occupation, prises: Iterable[Occupation], *, marge: timedelta) -> str | None:
    """Raison pour laquelle un élève ne peut pas être placé, ou `None`.

    Un établissement n'apprend rien de ce qu'un autre a planifié (R25b) ; chez lui, l'heure est dite.
    """
    genante = next((prise for prise in prises if se_genent(voulue, prise, marge=marge)), None)
    if genante is None:
        return None
    if genante.etablissement != voulue.etablissement:
        return INDISPONIBLE
    return f"Cet élève a déjà un entretien chez vous le {dire_instant(genante.debut, annee=False)}."


# Présences ------------------------------------------------------------------------------------------------

PRESENCES = (EtatEntretien.TENU, EtatEntretien.ABSENT, EtatEntretien.EXCUSE)


def pourquoi_pas_cette_presence(de: EtatEntretien, vers: EtatEntretien, *, debut: datetime, le: datetime) -> str | None:
    """Raison pour laquelle une présence ne peut pas être notée, ou `None` (R26b)."""
    if vers not in PRESENCES:
        return "Choisissez « Présence », « Absence » ou « À reporter »."
    if le < debut:
        return "L’entretien n’a pas encore commencé."
    if not peut_passer(de, vers):
        return f"Cet entretien est noté « {LIBELLES_ETATS[de]} » : cette correction n’est plus possible."
    return None


# Dire ------------------------------------------------------------------------------------------------------


def dire_la_salle(salle: str) -> str:
    """« salle 204 » pour « 204 » ou « Salle 204 » ; ce qui porte un autre nom est laissé."""
    if salle[:1].isdigit():
        return f"salle {salle}"
    return "s" + salle[1:] if salle.startswith("Salle ") else salle


def dire_les_jours(jours: Iterable[date]) -> str:
    """« du jeudi 12 mars », « du 10 au 12 mars », « du 30 mars au 2 avril »."""
    premier, dernier = min(jours := list(jours)), max(jours)
    if premier == dernier:
        return f"du {dire_jour(premier, annee=False)}"
    _, debut = dire_jour(premier, annee=False).split(" ", 1)
    _, fin = dire_jour(dernier, annee=False).split(" ", 1)
    if premier.month == dernier.month:
        debut = debut.split(INSECABLE)[0]
    return f"du {debut} au {fin}"


def dire_la_duree(duree: timedelta) -> str:
    """« 20 minutes », « 1 heure », « 1 h 30 »."""
    heures, minutes = divmod(int(duree.total_seconds()) // 60, 60)
    if not heures:
        return f"{minutes}{INSECABLE}minutes"
    if not minutes:
        return f"{heures}{INSECABLE}heure{'s' if heures > 1 else ''}"
    return f"{heures}{INSECABLE}h{INSECABLE}{minutes:02d}"
