"""L'heure des rappels automatiques."""

from datetime import datetime, time

from referentiel.rules.dates import a_paris, est_ouvre, jour_de

PREMIERE_HEURE = time(7)


def est_l_heure_des_rappels(le: datetime) -> bool:
    """Un jour ouvré, à partir de sept heures à Paris."""
    return est_ouvre(jour_de(le)) and le >= a_paris(jour_de(le), PREMIERE_HEURE)
