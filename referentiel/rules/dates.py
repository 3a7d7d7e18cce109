"""Jours, heures et instants à l'heure de Paris, et leur écriture en français (écran 6.3)."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
INSECABLE = "\u00a0"
JOURS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MOIS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def debut_du_jour(jour: date) -> datetime:
    """Premier instant de `jour` à Paris."""
    return datetime.combine(jour, time.min, tzinfo=PARIS)


def fin_du_jour(jour: date) -> datetime:
    """Instant exclu qui clôt `jour` à Paris : le début du lendemain (R2)."""
    return debut_du_jour(jour + timedelta(days=1))


def a_paris(jour: date, heure: time) -> datetime:
    """Instant de `heure` le `jour`, à Paris."""
    return datetime.combine(jour, heure, tzinfo=PARIS)


def jour_de(instant: datetime) -> date:
    """Jour de `instant` à Paris."""
    return instant.astimezone(PARIS).date()


def dire_jour(jour: date, *, annee: bool = True) -> str:
    """« jeudi 30 avril 2026 », ou « jeudi 30 avril » sans l'année."""
    texte = f"{JOURS[jour.weekday()]} {_numero(jour)}{INSECABLE}{MOIS[jour.month - 1]}"
    return f"{texte} {jour.year}" if annee else texte


def _numero(jour: date) -> str:
    return "1er" if jour.day == 1 else str(jour.day)


def dire_date(jour: date) -> str:
    """« 30 avril 2026 », sans le jour de la semaine."""
    return dire_jour(jour).split(" ", 1)[1]


def dire_jour_court(jour: date) -> str:
    """« jeu. 12 mars », comme SHORT_DATE_FORMAT dans un gabarit."""
    return f"{JOURS[jour.weekday()][:3]}. {_numero(jour)} {MOIS[jour.month - 1]}"


def dire_les_minutes(minutes: int) -> str:
    """« 1 minute », « 10 minutes »."""
    return f"{minutes}{INSECABLE}minute{'s' if minutes > 1 else ''}"


def dire_heure(instant: datetime) -> str:
    """« 14 h 30 », à Paris."""
    local = instant.astimezone(PARIS)
    return f"{local.hour}{INSECABLE}h{INSECABLE}{local.minute:02d}"


def dire_instant_court(instant: datetime) -> str:
    """« jeu. 12 mars à 14 h 30 », comme SHORT_DATETIME_FORMAT dans un gabarit."""
    return f"{dire_jour_court(jour_de(instant))} à {dire_heure(instant)}"


def dire_instant(instant: datetime, *, annee: bool = True) -> str:
    """« jeudi 12 mars 2026 à 14 h 30 »."""
    return f"{dire_jour(jour_de(instant), annee=annee)} à {dire_heure(instant)}"


def paques(annee: int) -> date:
    """Dimanche de Pâques, par l'algorithme grégorien de Meeus."""
    a, (b, c) = annee % 19, divmod(annee, 100)
    d, e = divmod(b, 4)
    h = (19 * a + b - d - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    n = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * n) // 451
    mois, jour = divmod(h + n - 7 * m + 114, 31)
    return date(annee, mois, jour + 1)


@cache
def jours_feries(annee: int) -> Mapping[date, str]:
    """Jours fériés de `annee` en métropole, avec leur nom."""
    dimanche = paques(annee)
    feries = {
        date(annee, 1, 1): "jour de l’An",
        dimanche + timedelta(days=1): "lundi de Pâques",
        date(annee, 5, 1): "fête du Travail",
        date(annee, 5, 8): "victoire de 1945",
        dimanche + timedelta(days=39): "jeudi de l’Ascension",
        dimanche + timedelta(days=50): "lundi de Pentecôte",
        date(annee, 7, 14): "fête nationale",
        date(annee, 8, 15): "Assomption",
        date(annee, 11, 1): "Toussaint",
        date(annee, 11, 11): "armistice de 1918",
        date(annee, 12, 25): "Noël",
    }
    return MappingProxyType(feries)


def est_ferie(jour: date) -> bool:
    """Vrai un jour férié en métropole."""
    return jour in jours_feries(jour.year)


def est_ouvre(jour: date) -> bool:
    """Vrai du lundi au vendredi, hors jours fériés."""
    return jour.weekday() < 5 and not est_ferie(jour)


def jour_ouvre_suivant(jour: date) -> date:
    """`jour` s'il est ouvré, sinon le premier jour ouvré qui suit."""
    while not est_ouvre(jour):
        jour += timedelta(days=1)
    return jour


def jours_ouvres_entre(debut: date, fin: date) -> int:
    """Nombre de jours ouvrés après `debut`, `fin` comprise."""
    return sum(est_ouvre(debut + timedelta(days=n)) for n in range(1, (fin - debut).days + 1))
