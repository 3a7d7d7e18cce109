"""Salles, jours et durées, tels qu'ils s'écrivent dans une phrase."""

from collections.abc import Iterable
from datetime import date, timedelta

from referentiel.rules.dates import INSECABLE, dire_jour


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
