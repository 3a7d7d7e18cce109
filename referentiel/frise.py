"""La frise d'un calendrier : de quoi le dessiner, et de quoi le lire (écran S7)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from referentiel.presentation import Etape, dire_les_bornes, etapes_du_calendrier
from referentiel.rules.calendrier import LIBELLES, Bornes, Calendrier, Nature
from referentiel.rules.dates import dire_jour, jours_feries

LARGEUR, MARGE, HAUT, PAS = 1000, 264, 40, 30
LARGEUR_MINIMALE = 4
ECART_DES_MOIS = 40
MOIS_COURTS = ["janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."]
Conges = Iterable[tuple[str, Bornes]]


@dataclass(frozen=True, slots=True)
class Barre:
    """Une période : où elle se dessine, et ce que dit son infobulle."""

    libelle: str
    dates: str
    y: int
    x: int
    largeur: int


@dataclass(frozen=True, slots=True)
class Bande:
    """Des vacances, en fond."""

    libelle: str
    x: int
    largeur: int


@dataclass(frozen=True, slots=True)
class Repere:
    """Un premier du mois, un jour férié, aujourd'hui."""

    libelle: str
    x: int


@dataclass(frozen=True, slots=True)
class Frise:
    """De quoi dessiner le calendrier ; les mesures sont en unités du dessin."""

    largeur: int
    hauteur: int
    marge: int
    haut: int
    phrase: str
    barres: list[Barre]
    mois: list[Repere]
    vacances: list[Bande]
    feries: list[Repere]
    aujourd_hui: Repere | None
    etapes: list[Etape]


def frise_du_calendrier(calendrier: Calendrier, conges: Conges, aujourd_hui: date) -> Frise | None:
    """La frise de `calendrier`, ou `None` s'il n'a ni premier ni dernier jour."""
    premier, dernier = calendrier.premier_jour(), calendrier.dernier_jour()
    if not premier or not dernier or dernier <= premier:
        return None
    x = _echelle(premier, dernier)
    barres = _barres(calendrier, premier, dernier, x)
    return Frise(
        largeur=LARGEUR,
        hauteur=HAUT + len(barres) * PAS,
        marge=MARGE,
        haut=HAUT,
        phrase=_phrase(len(barres), premier, dernier, aujourd_hui),
        barres=barres,
        mois=_mois(premier, dernier, x),
        vacances=_vacances(conges, premier, dernier, x),
        feries=_feries(premier, dernier, x),
        aujourd_hui=Repere(dire_jour(aujourd_hui), x(aujourd_hui)) if premier <= aujourd_hui <= dernier else None,
        etapes=etapes_du_calendrier(calendrier, aujourd_hui),
    )


def _echelle(premier: date, dernier: date) -> Callable[[date], int]:
    """De la date à l'abscisse ; une date hors du calendrier est ramenée à son bord."""
    lendemain = dernier + timedelta(days=1)

    def x(jour: date) -> int:
        return MARGE + round((min(max(jour, premier), lendemain) - premier) / (lendemain - premier) * (LARGEUR - MARGE))

    return x


def _barres(calendrier: Calendrier, premier: date, dernier: date, x: Callable[[date], int]) -> list[Barre]:
    datees = [(nature, calendrier.periodes.get(nature, Bornes())) for nature in Nature]
    datees = [(nature, bornes) for nature, bornes in datees if bornes != Bornes()]
    return [
        _barre(
            LIBELLES[nature],
            dire_les_bornes(bornes),
            rang,
            x(_debut(nature, bornes, premier)),
            x(_apres(bornes, dernier)),
        )
        for rang, (nature, bornes) in enumerate(datees)
    ]


def _barre(libelle: str, dates: str, rang: int, debut: int, fin: int) -> Barre:
    largeur = max(LARGEUR_MINIMALE, fin - debut)
    return Barre(libelle, dates, HAUT + rang * PAS, min(debut, LARGEUR - largeur), largeur)


def _debut(nature: Nature, bornes: Bornes, premier: date) -> date:
    """La fermeture est un jour, non une période : sans début, elle se dessine à sa fin."""
    if nature is Nature.FERMETURE and bornes.debut is None and bornes.fin:
        return bornes.fin
    return bornes.debut or premier


def _apres(bornes: Bornes, dernier: date) -> date:
    return (bornes.fin or dernier) + timedelta(days=1)


def _mois(premier: date, dernier: date, x: Callable[[date], int]) -> list[Repere]:
    """Le nom d'un mois se tait quand il toucherait celui d'avant."""
    reperes: list[Repere] = []
    jour = premier.replace(day=1)
    while jour <= dernier:
        abscisse = x(max(jour, premier))
        if reperes and abscisse - reperes[-1].x < ECART_DES_MOIS:
            reperes.pop()
        reperes.append(Repere(MOIS_COURTS[jour.month - 1], abscisse))
        jour = (jour + timedelta(days=32)).replace(day=1)
    return reperes


def _vacances(conges: Conges, premier: date, dernier: date, x: Callable[[date], int]) -> list[Bande]:
    return [
        Bande(
            f"{libelle}\u00a0: {dire_les_bornes(bornes)}",
            x(bornes.debut),
            x(bornes.fin + timedelta(days=1)) - x(bornes.debut),
        )
        for libelle, bornes in conges
        if bornes.debut and bornes.fin and bornes.fin >= premier and bornes.debut <= dernier
    ]


def _feries(premier: date, dernier: date, x: Callable[[date], int]) -> list[Repere]:
    feries = (couple for annee in range(premier.year, dernier.year + 1) for couple in jours_feries(annee).items())
    return [Repere(f"{nom}\u00a0: {dire_jour(jour)}", x(jour)) for jour, nom in feries if premier <= jour <= dernier]


def _phrase(nombre: int, premier: date, dernier: date, aujourd_hui: date) -> str:
    """La phrase qui tient lieu du dessin à qui ne le voit pas."""
    du_jour = f" Aujourd’hui, {dire_jour(aujourd_hui)}, y est marqué." if premier <= aujourd_hui <= dernier else ""
    return (
        f"Frise de {nombre}\u00a0période{'s' if nombre > 1 else ''}, du {dire_jour(premier)} au {dire_jour(dernier)}, "
        f"dites dans la liste qui suit.{du_jour}"
    )
