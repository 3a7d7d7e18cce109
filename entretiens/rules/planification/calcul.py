"""Le planning automatique : proposer une place à chaque élève qui attend (R22 à R26)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from entretiens.rules.placement import Occupation, se_genent
from entretiens.rules.planification.modeles import (
    Candidat,
    Laisse,
    Motif,
    Place,
    Placement,
    Proposition,
    Reglages,
)
from referentiel.rules.dates import jour_de, jours_ouvres_entre


def proposer(candidats: Iterable[Candidat], places: Iterable[Place], reglages: Reglages) -> Proposition:
    """Propose une place à autant de candidats qu'il se peut, et dit pourquoi les autres n'en ont pas.

    Toujours vrai d'une proposition : accueil et modalité justes, aucune place au-delà de `libres`, aucun élève à
    deux endroits à la fois (ses `prises` et ses autres candidatures d'ici comprises), rien avant `reglages.le`,
    hors de la période, ou avant le préavis quand il est tenu (R23, R24).
    La même demande, dans quelque ordre que ce soit, donne la même proposition. Rien n'est écrit.
    """
    ouvertes = sorted((p for p in places if _est_ouverte(p, reglages)), key=lambda p: (p.debut, p.cle))
    libres = {place.cle: place.libres for place in ouvertes}
    prises: dict[int, list[Occupation]] = defaultdict(list)
    placements: dict[int, Placement] = {}
    laisses: dict[int, Laisse] = {}
    attente = sorted(candidats, key=lambda c: (c.inscrit_le, c.cle))
    for candidat in attente:
        prises[candidat.eleve].extend(candidat.prises)
    for candidat in attente:
        place = _premiere_place(candidat, ouvertes, libres, prises[candidat.eleve], reglages.marge)
        if place is None:
            laisses[candidat.cle] = Laisse(candidat.cle, Motif.SANS_PLACE, "Aucune place libre dans ce domaine.")
            continue
        libres[place.cle] -= 1
        prises[candidat.eleve].append(place.occupation)
        placements[candidat.cle] = Placement(candidat.cle, place.cle, "Première place libre.")
    return Proposition(placements, laisses)


def _est_ouverte(place: Place, reglages: Reglages) -> bool:
    jour = jour_de(place.debut)
    if place.debut <= reglages.le or (reglages.du and jour < reglages.du) or (reglages.au and jour > reglages.au):
        return False
    return not reglages.tenir_le_preavis or jours_ouvres_entre(jour_de(reglages.le), jour) >= reglages.preavis


def _premiere_place(
    candidat: Candidat, places: Sequence[Place], libres: dict[int, int], prises: list[Occupation], marge: timedelta
) -> Place | None:
    possibles = (
        place
        for place in places
        if place.accueil == candidat.accueil and libres[place.cle] and place.modalite in candidat.modalites
    )
    return next((p for p in possibles if not any(se_genent(p.occupation, o, marge=marge) for o in prises)), None)
