"""Comment le calendrier et le catalogue se montrent."""

from dataclasses import dataclass
from datetime import date, timedelta

from referentiel.rules.calendrier import LIBELLES, Bornes, Calendrier, Nature
from referentiel.rules.dates import MOIS, dire_jour
from referentiel.rules.jeu import LIBELLES_MODALITES, Modalite

DEPARTEMENTS = {
    "075": "Paris (75)",
    "077": "Seine-et-Marne (77)",
    "078": "Yvelines (78)",
    "091": "Essonne (91)",
    "092": "Hauts-de-Seine (92)",
    "093": "Seine-Saint-Denis (93)",
    "094": "Val-de-Marne (94)",
    "095": "Val-d’Oise (95)",
}

# Ce que dit le catalogue de la façon de rencontrer un établissement.
HORS_PASSPRO = "hors_passpro"
AILLEURS = "ailleurs"
LIBELLES_DES_RENCONTRES: dict[str, str] = {
    **{modalite.value: libelle for modalite, libelle in LIBELLES_MODALITES.items()},
    HORS_PASSPRO: "Hors Passpro",
    AILLEURS: "Entretien dans un autre établissement",
}
CLASSES_DES_RENCONTRES: dict[str, str] = {
    Modalite.INDIVIDUEL.value: "fr-badge--blue-cumulus",
    Modalite.COLLECTIF.value: "fr-badge--green-emeraude",
    Modalite.AU_CHOIX.value: "fr-badge--purple-glycine",
    HORS_PASSPRO: "fr-badge--beige-gris-galet",
    AILLEURS: "",
}

QUI: dict[Nature, str] = {
    Nature.INFORMATION: "Établissements d’origine",
    Nature.INSCRIPTION: "Établissements d’origine",
    Nature.PLANIFICATION: "Établissements d’accueil",
    Nature.ENTRETIENS: "Élèves et établissements d’accueil",
    Nature.CONVOCATIONS: "Établissements d’accueil",
    Nature.SAISIE_AVIS_ACCUEIL: "Établissements d’accueil",
    Nature.VISUALISATION: "Établissements d’origine",
    Nature.VOEUX_AFFELNET: "Établissements d’origine",
    Nature.FERMETURE: "Tous",
}


def nom_du_departement(code: str) -> str:
    return DEPARTEMENTS.get(code, code)


@dataclass(frozen=True, slots=True)
class Etape:
    """Une étape de la campagne, dite en mots."""

    libelle: str
    dates: str
    qui: str
    etat: str


def etapes_du_calendrier(calendrier: Calendrier, aujourd_hui: date) -> list[Etape]:
    """Les étapes datées, dans l'ordre où elles viennent."""
    datees = [(nature, bornes) for nature, bornes in calendrier.periodes.items() if bornes.debut or bornes.fin]
    rangs = {nature: rang for rang, nature in enumerate(Nature)}
    datees.sort(key=lambda etape: (etape[1].debut or etape[1].fin, etape[1].fin or date.max, rangs[etape[0]]))
    return [
        Etape(LIBELLES[nature], dire_les_bornes(bornes), QUI[nature], _etat(calendrier.bornes(nature), aujourd_hui))
        for nature, bornes in datees
    ]


def dire_les_bornes(bornes: Bornes) -> str:
    """« du lundi 25 janvier 2027 au vendredi 30 avril 2027 », « jusqu’au … », « à partir du … », « le … »."""
    if bornes.debut and bornes.fin:
        if bornes.debut == bornes.fin:
            return f"le {dire_jour(bornes.debut)}"
        return f"du {dire_jour(bornes.debut)} au {dire_jour(bornes.fin)}"
    if bornes.debut:
        return f"à partir du {dire_jour(bornes.debut)}"
    return f"jusqu’au {dire_jour(bornes.fin)}" if bornes.fin else "sans date"


def _etat(bornes: Bornes, aujourd_hui: date) -> str:
    if bornes.fin and aujourd_hui > bornes.fin:
        return "terminée"
    if bornes.debut and aujourd_hui < bornes.debut:
        return "à venir"
    return "en cours"


# Frise ------------------------------------------------------------------------------------------------------

LARGEUR, MARGE, PAS = 900, 210, 26


@dataclass(frozen=True, slots=True)
class Barre:
    libelle: str
    y: int
    x: int
    largeur: int


@dataclass(frozen=True, slots=True)
class Repere:
    libelle: str
    x: int


@dataclass(frozen=True, slots=True)
class Frise:
    """De quoi dessiner le calendrier : tout est en unités du dessin."""

    largeur: int
    hauteur: int
    barres: list[Barre]
    mois: list[Repere]
    aujourd_hui: int | None


def frise_du_calendrier(calendrier: Calendrier, aujourd_hui: date) -> Frise | None:
    """La frise de `calendrier`, ou `None` s'il n'a ni premier ni dernier jour."""
    premier, dernier = calendrier.premier_jour(), calendrier.dernier_jour()
    if not premier or not dernier or dernier <= premier:
        return None

    def x(jour: date) -> int:
        avancee = (min(max(jour, premier), dernier) - premier) / (dernier - premier)
        return MARGE + round(avancee * (LARGEUR - MARGE))

    datees = [
        (nature, bornes) for nature in Nature if (bornes := calendrier.periodes.get(nature, Bornes())) != Bornes()
    ]
    barres = [
        Barre(
            LIBELLES[nature],
            30 + rang * PAS,
            x(b.debut or premier),
            max(4, x(b.fin or dernier) - x(b.debut or premier)),
        )
        for rang, (nature, b) in enumerate(datees)
    ]
    return Frise(
        largeur=LARGEUR,
        hauteur=30 + len(barres) * PAS,
        barres=barres,
        mois=[Repere(MOIS[jour.month - 1], x(jour)) for jour in _premiers_du_mois(premier, dernier)],
        aujourd_hui=x(aujourd_hui) if premier <= aujourd_hui <= dernier else None,
    )


def _premiers_du_mois(premier: date, dernier: date) -> list[date]:
    jour, jours = (premier.replace(day=1) + timedelta(days=32)).replace(day=1), []
    while jour <= dernier:
        jours.append(jour)
        jour = (jour + timedelta(days=32)).replace(day=1)
    return jours
