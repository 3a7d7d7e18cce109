"""États d'une candidature et leurs suites (écrans 6.4 et 6.5), admission des élèves (R11, R16)."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt

from referentiel.rules.dates import INSECABLE
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.jeu import LIBELLES_NIVEAUX, Niveau

# Ce que devient l'identité d'un élève dont les données sont effacées (R40) : aucun élève de 3e n'est né ce jour-là.
NOM_EFFACE, PRENOM_EFFACE = "Anonyme", "Élève"
NAISSANCE_EFFACEE = date(1900, 1, 1)
# Une ligature compte pour plusieurs lettres : la clé d'un long nom peut dépasser sa colonne.
LONGUEUR_D_UNE_CLE = 170


def cle_d_un_eleve(nom: str, prenom: str) -> str:
    """Ce qui trie un élève et le fait reconnaître : ses noms sans accents ni casse (R10)."""
    return cle_de_recherche(nom, prenom)[:LONGUEUR_D_UNE_CLE]


def dire_l_eleve(nom: str, prenom: str) -> str:
    """« DIALLO Yanis »."""
    return f"{nom.upper()} {prenom}"


class Etat(StrEnum):
    """États gardés en base. « Entretien passé » n'y est pas : l'heure suffit à le dire (`situation`)."""

    BROUILLON = "brouillon"
    A_VALIDER = "a_valider"
    INSCRITE = "inscrite"
    PLANIFIEE = "planifiee"
    CONVOQUEE = "convoquee"
    REALISEE = "realisee"
    RENDUE = "rendue"
    SEANCE_SUIVIE = "seance_suivie"
    ABSENTE = "absente"
    DESISTEE = "desistee"
    ANNULEE = "annulee"


SUITES: dict[Etat, frozenset[Etat]] = {
    Etat.BROUILLON: frozenset({Etat.INSCRITE, Etat.DESISTEE, Etat.ANNULEE}),
    Etat.A_VALIDER: frozenset({Etat.INSCRITE, Etat.ANNULEE}),
    Etat.INSCRITE: frozenset({Etat.PLANIFIEE, Etat.DESISTEE, Etat.ANNULEE}),
    Etat.PLANIFIEE: frozenset({Etat.CONVOQUEE, Etat.INSCRITE, Etat.DESISTEE, Etat.ANNULEE}),
    Etat.CONVOQUEE: frozenset(
        {
            Etat.CONVOQUEE,
            Etat.INSCRITE,
            Etat.REALISEE,
            Etat.SEANCE_SUIVIE,
            Etat.ABSENTE,
            Etat.DESISTEE,
            Etat.ANNULEE,
        }
    ),
    Etat.REALISEE: frozenset({Etat.RENDUE, Etat.ABSENTE}),
    # REALISEE : une transmission groupée s'annule pendant quelques minutes.
    Etat.RENDUE: frozenset({Etat.RENDUE, Etat.REALISEE}),
    Etat.SEANCE_SUIVIE: frozenset({Etat.ABSENTE}),
    # PLANIFIEE, CONVOQUEE : une absence enregistrée par erreur s'annule pendant quelques minutes.
    Etat.ABSENTE: frozenset(
        {
            Etat.INSCRITE,
            Etat.PLANIFIEE,
            Etat.CONVOQUEE,
            Etat.REALISEE,
            Etat.SEANCE_SUIVIE,
            Etat.DESISTEE,
            Etat.ANNULEE,
        }
    ),
    Etat.DESISTEE: frozenset({Etat.BROUILLON, Etat.INSCRITE, Etat.PLANIFIEE, Etat.CONVOQUEE, Etat.ABSENTE}),
    Etat.ANNULEE: frozenset(),
}

INACTIFS = frozenset({Etat.DESISTEE, Etat.ANNULEE})
INVISIBLES_A_L_ACCUEIL = frozenset({Etat.BROUILLON, Etat.A_VALIDER})
ENTRETIEN_A_VENIR = frozenset({Etat.PLANIFIEE, Etat.CONVOQUEE})
ENTRETIEN_TENU = frozenset({Etat.REALISEE, Etat.RENDUE, Etat.SEANCE_SUIVIE})
# États où l'entretien a commencé : un avis d'origine complet n'y change plus.
AVIS_FIGES = ENTRETIEN_TENU | {Etat.ABSENTE}
# États d'où une candidature s'annule : rien n'en est encore tenu.
ANNULABLES = frozenset(etat for etat, suites in SUITES.items() if Etat.ANNULEE in suites)
# États où les formations demandées changent encore, tant que l'entretien n'a pas commencé.
MODIFIABLES = frozenset({Etat.INSCRITE, *ENTRETIEN_A_VENIR})
LIBELLES: dict[Etat, str] = {
    Etat.BROUILLON: "Brouillon",
    Etat.A_VALIDER: "À valider par le SAIO",
    Etat.INSCRITE: "Inscrite",
    Etat.PLANIFIEE: "Planifiée",
    Etat.CONVOQUEE: "Convocation envoyée",
    Etat.REALISEE: "Entretien réalisé",
    Etat.RENDUE: "Avis rendus",
    Etat.SEANCE_SUIVIE: "Séance suivie",
    Etat.ABSENTE: "Absence",
    Etat.DESISTEE: "Désistement",
    Etat.ANNULEE: "Annulée",
}


def peut_passer(de: Etat, vers: Etat) -> bool:
    """Vrai si la table `SUITES` permet de passer de l'un à l'autre."""
    return vers in SUITES[de]


class Situation(StrEnum):
    """Ce qui est montré d'une candidature : son état, précisé par l'heure (écran 6.4)."""

    BROUILLON = "brouillon"
    A_VALIDER = "a_valider"
    INSCRITE = "inscrite"
    PLANIFIEE = "planifiee"
    CONVOQUEE = "convoquee"
    PASSEE = "passee"
    REALISEE = "realisee"
    EN_RETARD = "en_retard"
    RENDUE = "rendue"
    SEANCE_SUIVIE = "seance_suivie"
    ABSENTE = "absente"
    DESISTEE = "desistee"
    ANNULEE = "annulee"


def situation(etat: Etat, *, fin_entretien: datetime | None, echeance: datetime | None, le: datetime) -> Situation:
    """Situation à l'instant `le`.

    `fin_entretien` est la fin de l'entretien prévu, `echeance` l'instant exclu où le compte-rendu est dû.
    """
    if etat is Etat.CONVOQUEE and fin_entretien and fin_entretien <= le:
        return Situation.PASSEE
    if etat is Etat.REALISEE and echeance and echeance <= le:
        return Situation.EN_RETARD
    return Situation(etat.value)


def pourquoi_pas_admis(niveau: Niveau, niveaux_admis: Collection[Niveau]) -> str | None:
    """Raison pour laquelle un élève de ce niveau ne peut pas être inscrit, ou `None` (R11)."""
    if niveau in niveaux_admis:
        return None
    if niveau is Niveau.LYCEE:
        return (
            "Passpro est réservé aux élèves de niveau 3e. Les élèves de lycée ont vocation à poursuivre leur "
            "scolarité et ne sont pas concernés par cette procédure."
        )
    return f"Le niveau «\u00a0{LIBELLES_NIVEAUX[niveau]}\u00a0» n’est pas concerné par cette campagne."


def pourquoi_pas_ce_commentaire(commentaire: str, *, minimum: int, maximum: int) -> str | None:
    """Raison du refus d'un commentaire, longueurs en caractères, ou `None` (R16)."""
    longueur = len(commentaire.strip())
    if longueur < minimum:
        return f"Le commentaire compte {longueur} caractères\u00a0; il en faut au moins {minimum}."
    if longueur > maximum:
        return f"Le commentaire compte {longueur} caractères\u00a0; {maximum} au plus."
    return None


def fin_du_repentir(retiree_le: datetime | None, *, delai: int) -> datetime | None:
    """Instant exclu jusqu'auquel un désistement s'annule ; `delai` en minutes (écran 6.5)."""
    return retiree_le + timedelta(minutes=delai) if retiree_le else None


def avis_fige(etat: Etat, *, complet: bool, ajoutee: bool, debut: datetime | None, le: datetime) -> bool:
    """Vrai si l'avis d'origine ne change plus à l'instant `le` (R16).

    `debut` est le début de l'entretien prévu, s'il y en a un. Un avis incomplet reste à compléter ; celui d'une
    formation ajoutée à l'entretien reste ouvert (R27).
    """
    if ajoutee or not complet:
        return False
    return etat in AVIS_FIGES or (etat in ENTRETIEN_A_VENIR and debut is not None and debut <= le)


RAYON_DE_LA_TERRE = 6371.0
Point = tuple[float, float]


def distance(depart: Point | None, arrivee: Point | None) -> float | None:
    """Distance à vol d'oiseau en kilomètres entre deux points (latitude, longitude), ou `None` si l'un manque."""
    if depart is None or arrivee is None:
        return None
    (lat_a, lon_a), (lat_b, lon_b) = (tuple(map(radians, point)) for point in (depart, arrivee))
    corde = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * RAYON_DE_LA_TERRE * asin(min(1.0, sqrt(corde)))


def dire_distance(kilometres: float | None) -> str:
    """« 4 km », « moins de 1 km », ou rien quand la distance est inconnue."""
    if kilometres is None:
        return ""
    return f"{round(kilometres)}{INSECABLE}km" if kilometres >= 1 else f"moins de 1{INSECABLE}km"
