"""Le nombre de tâches de chaque espace d'une personne, pour choisir où aller (écran C2)."""

from datetime import datetime

from pilotage.selectors.taches.academie import ACADEMIE
from pilotage.selectors.taches.accueil import ACCUEIL
from pilotage.selectors.taches.origine import ORIGINE
from pilotage.selectors.taches.socle import Ou, Tache, nombres_de_taches
from referentiel.models import Campagne
from referentiel.permissions import Perimetre, Place, peut_administrer_l_academie

# Au-delà, la page ne compte pas : trente espaces se comptent en une requête, mais une requête longue.
ESPACES_COMPTES = 10


def taches_par_espace(perimetre: Perimetre, le: datetime) -> dict[tuple[str, int], int]:
    """Nombre de tâches, par côté et par établissement ou académie ; une requête, et une par académie."""
    campagnes: dict[int, Campagne | None] = {}
    demandes: list[tuple[tuple[str, int], list[Tache], Ou]] = []
    for place in perimetre.places:
        if place.academie.pk not in campagnes:
            campagnes[place.academie.pk] = Campagne.objects.courante(place.academie)
        campagne = campagnes[place.academie.pk]
        if campagne is not None and campagne.est_ouverte:
            demandes += [
                (cle, taches, Ou(campagne, place.etablissement.pk if place.etablissement else None, place, le))
                for cle, taches in _espaces(place)
            ]
    if not demandes or len(demandes) > ESPACES_COMPTES:
        return {}
    nombres = nombres_de_taches([(taches, ou) for _, taches, ou in demandes])
    return {cle: nombre for (cle, _, _), nombre in zip(demandes, nombres, strict=True)}


def _espaces(place: Place) -> list[tuple[tuple[str, int], list[Tache]]]:
    if place.etablissement is None:
        return [(("academie", place.academie.pk), ACADEMIE)] if peut_administrer_l_academie(place) else []
    cle = place.etablissement.pk
    cotes = (("origine", ORIGINE, place.origine), ("accueil", ACCUEIL, place.accueil))
    return [((cote, cle), taches) for cote, taches, ouvert in cotes if ouvert]
