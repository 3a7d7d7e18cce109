"""Prochaine échéance d'un côté, et la ligne du bandeau qui la dit (écran 1.4)."""

from collections.abc import Iterable
from datetime import date, datetime

from referentiel.rules.calendrier import Calendrier, Nature, phrase_d_echeance
from referentiel.rules.dates import INSECABLE, PARIS, dire_jour, est_ouvre, jour_de
from referentiel.rules.ouverture import dire_le_delai

# Échéances de chaque côté ; la première qui n'est pas passée est dite.
ECHEANCES: dict[str, tuple[Nature, ...]] = {
    "origine": (Nature.INSCRIPTION, Nature.FERMETURE),
    "accueil": (Nature.CONVOCATIONS, Nature.ENTRETIENS, Nature.FERMETURE),
    "academie": (
        Nature.INSCRIPTION,
        Nature.CONVOCATIONS,
        Nature.ENTRETIENS,
        Nature.SAISIE_AVIS_ACCUEIL,
        Nature.VISUALISATION,
        Nature.FERMETURE,
    ),
}
NOMS_D_ECHEANCE: dict[Nature, str] = {
    Nature.INSCRIPTION: "clôture des inscriptions",
    Nature.CONVOCATIONS: "convocation de tous les inscrits",
    Nature.ENTRETIENS: "fin des entretiens",
    Nature.SAISIE_AVIS_ACCUEIL: "fin de la saisie des avis d’accueil",
    Nature.VISUALISATION: "fin de la visualisation des avis",
    Nature.FERMETURE: "fermeture de la campagne",
}
JOURS_D_ALERTE_SANS_CONVOCATION = 10
HEURE_DU_RESUME = 7


def est_l_heure_du_resume(le: datetime) -> bool:
    """Vrai de 7 h à 8 h à Paris, les jours ouvrés (écran 6.6)."""
    return est_ouvre(jour_de(le)) and le.astimezone(PARIS).hour == HEURE_DU_RESUME


def prochaine_echeance(calendrier: Calendrier, cote: str, le: datetime) -> tuple[Nature, date] | None:
    """Étape qui se termine la première, de ce côté, et son dernier jour ; `None` s'il n'y en a plus."""
    jour = jour_de(le)
    fins = [(fin, nature) for nature in ECHEANCES[cote] if (fin := calendrier.bornes(nature).fin) and fin >= jour]
    if not fins:
        return None
    fin = min(fin for fin, _ in fins)
    return next(nature for autre, nature in fins if autre == fin), fin


def ligne_de_campagne(
    calendrier: Calendrier,
    cote: str,
    *,
    annee: int,
    ouverte: bool,
    le: datetime,
    delais: Iterable[tuple[Nature, date]] = (),
) -> str:
    """Ligne du bandeau de contexte : où en est la campagne, puis les délais accordés à l'établissement."""
    accordes = [dire_le_delai(nature, jour) for nature, jour in delais]
    return " – ".join([_ou_en_est_la_campagne(calendrier, cote, annee=annee, ouverte=ouverte, le=le), *accordes])


def _ou_en_est_la_campagne(calendrier: Calendrier, cote: str, *, annee: int, ouverte: bool, le: datetime) -> str:
    """Avant l'ouverture, pendant, après la fermeture."""
    premier, dernier = calendrier.premier_jour(), calendrier.dernier_jour()
    if not ouverte or (dernier and jour_de(le) > dernier):
        jour = jour_de(le)
        depuis = (
            f" depuis le {dire_jour(dernier, annee=dernier.year != jour.year)}" if dernier and dernier < jour else ""
        )
        return f"Campagne {annee} close{depuis}, consultation seule"
    if premier and jour_de(le) < premier:
        return f"Campagne {annee}{INSECABLE}: ouverture le {dire_jour(premier, annee=False)}"
    echeance = prochaine_echeance(calendrier, cote, le)
    if echeance is None:
        return f"Campagne {annee}"
    nature, fin = echeance
    phrase = phrase_d_echeance(nature, fin, le)
    if nature is Nature.FERMETURE:
        return f"Campagne {annee}{phrase.removeprefix('campagne')}"
    return f"Campagne {annee}{INSECABLE}: {phrase}"


def phrase_de_prochaine_echeance(calendrier: Calendrier, cote: str, le: datetime) -> str:
    """« Prochaine échéance : clôture des inscriptions le jeudi 30 avril 2026. », ou rien."""
    echeance = prochaine_echeance(calendrier, cote, le)
    if echeance is None:
        return ""
    nature, fin = echeance
    return f"Prochaine échéance{INSECABLE}: {NOMS_D_ECHEANCE[nature]} le {dire_jour(fin)}."


def dire_nombre(nombre: int) -> str:
    """« 1 204 », « − 3 »."""
    signe = f"−{INSECABLE}" if nombre < 0 else ""
    return signe + f"{abs(nombre):,}".replace(",", INSECABLE)


def accorder(nombre: int, mot: str) -> str:
    """« 1 élève », « 1 204 élèves »."""
    return f"{dire_nombre(nombre)} {mot}{'s' if nombre > 1 else ''}"
