"""Ce qui empêche de placer un élève sur un créneau, et le dit (R22 à R25b)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from candidatures.models import Candidature
from candidatures.rules import Etat
from entretiens.lectures import convient, occupation
from entretiens.models import Creneau, Proposition
from entretiens.rules.placement import Occupation, pourquoi_pas_a_cette_heure
from entretiens.services.seances import exiger_un_jour_d_entretien
from entretiens.tenues import PlaceTenue, tenues_de
from referentiel.models import Accueil
from referentiel.rules.calendrier import Nature
from referentiel.rules.jeu import LIBELLES_MODALITES, Modalite
from referentiel.rules.refus import Refus
from referentiel.services import exiger_periode

VIENT_D_ETRE_PRIS = "Ce créneau vient d’être pris. Choisissez-en un autre."


class PlacementsRefuses(Refus):
    """Des placements demandés ensemble ne tiennent pas ; `raisons` les dit, par clé de candidature."""

    def __init__(self, raisons: dict[int, str], noms: dict[int, str]) -> None:
        super().__init__(" ".join(f"{noms[cle]} : {raison}" for cle, raison in raisons.items()))
        self.raisons = raisons


def pourquoi_pas_ces_placements(
    voulus: Sequence[tuple[Candidature, Creneau | None]],
    *,
    prises: dict[int, list[Occupation]],
    le: datetime,
    proposition: Proposition | None = None,
) -> dict[int, str]:
    """Raison de chaque placement qui ne tient pas, par clé de candidature ; les premiers de la liste passent d'abord.

    `prises` reçoit au passage les moments que les placements qui tiennent prendraient aux élèves. Une requête, quel
    que soit leur nombre : les créneaux que tient une autre proposition que `proposition`.
    """
    tenues = tenues_de((creneau for _, creneau in voulus if creneau), le=le, sauf=proposition)
    places = {creneau.pk: creneau.places_libres for _, creneau in voulus if creneau}
    raisons: dict[int, str] = {}
    for candidature, creneau in voulus:
        raison = (
            _pourquoi_pas_cette_candidature(candidature)
            or pourquoi_pas_ce_creneau(creneau, candidature, places.get(creneau.pk, 0) if creneau else 0, le)
            or pourquoi_pas_une_place_tenue(creneau, places, tenues)
            or pourquoi_pas_l_eleve(creneau, candidature, prises)
        )
        if raison or creneau is None:
            raisons[candidature.pk] = raison or VIENT_D_ETRE_PRIS
            continue
        places[creneau.pk] -= 1
        prises[candidature.eleve_id].append(occupation(creneau))
    return raisons


def exiger_la_planification(accueil: Accueil, le: datetime) -> None:
    """Lève `PeriodeClose` si l'accueil ne peut pas planifier à l'instant `le` (R4)."""
    exiger_periode(accueil.domaine.campagne, Nature.PLANIFICATION, etablissement_id=accueil.etablissement_id, le=le)


def _pourquoi_pas_cette_candidature(candidature: Candidature) -> str | None:
    etat = Etat(candidature.etat)
    if etat is Etat.INSCRITE:
        return None
    if etat in {Etat.PLANIFIEE, Etat.CONVOQUEE}:
        return "Cet élève a déjà un entretien dans ce domaine."
    return f"Cette candidature est « {candidature.get_etat_display()} » : elle n’est pas à planifier."


def pourquoi_pas_ce_creneau(creneau: Creneau | None, candidature: Candidature, libres: int, le: datetime) -> str | None:
    """Raison pour laquelle ce créneau ne reçoit pas cette candidature, ou `None` (R23, R24). `libres` : ses places."""
    if creneau is None or libres < 1:
        return VIENT_D_ETRE_PRIS
    seance = creneau.seance
    if seance.accueil_id != candidature.accueil_id:
        return "Ce créneau n’est pas ouvert pour ce domaine."
    if not convient(creneau, candidature):
        return f"Cet élève attend : {LIBELLES_MODALITES[Modalite(candidature.modalite)].lower()}."
    if creneau.periode.lower <= le:
        return "Ce créneau est déjà passé."
    return _pourquoi_pas_ce_moment(creneau, candidature)


def pourquoi_pas_une_place_tenue(
    creneau: Creneau | None, places: dict[int, int], tenues: dict[int, PlaceTenue]
) -> str | None:
    """Raison pour laquelle ses dernières places ne se donnent pas : une proposition les tient. Sinon, `None`."""
    tenue = tenues.get(creneau.pk) if creneau else None
    return tenue.raison if creneau and tenue and places[creneau.pk] <= tenue.places else None


def _pourquoi_pas_ce_moment(creneau: Creneau, candidature: Candidature) -> str | None:
    accueil = candidature.accueil
    try:
        exiger_un_jour_d_entretien(accueil.domaine.campagne, accueil.etablissement_id, creneau.periode.lower)
    except Refus as refus:
        return str(refus)
    return None


def pourquoi_pas_l_eleve(
    creneau: Creneau | None, candidature: Candidature, prises: dict[int, list[Occupation]]
) -> str | None:
    """Raison pour laquelle l'élève n'est pas disponible, trajet compris, ou `None` (R23, R25b)."""
    if creneau is None:
        return VIENT_D_ETRE_PRIS
    marge = timedelta(minutes=candidature.accueil.domaine.campagne.regles.marge_de_trajet)
    return pourquoi_pas_a_cette_heure(occupation(creneau), prises[candidature.eleve_id], marge=marge)
