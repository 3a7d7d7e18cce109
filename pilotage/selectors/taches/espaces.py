"""Le nombre de tâches de chaque espace d'une personne, pour choisir où aller (écran C2)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from pilotage.selectors.taches.academie import ACADEMIE
from pilotage.selectors.taches.accueil import ACCUEIL
from pilotage.selectors.taches.comptes import compter_en_chacun
from pilotage.selectors.taches.origine import ORIGINE
from pilotage.selectors.taches.socle import Ou, Tache, compter
from referentiel.models import Campagne
from referentiel.permissions import Perimetre, Place, peut_administrer_l_academie

Cle = tuple[str, int]


def taches_par_espace(perimetre: Perimetre, le: datetime) -> dict[Cle, int]:
    """Nombre de tâches, par côté et par établissement ou académie.

    Une requête pour tous les établissements d'un côté où la personne voit les mêmes tâches, et deux par académie.
    """
    nombres: dict[Cle, int] = {}
    semblables: dict[tuple[str, int, tuple[Tache, ...]], list[Ou]] = defaultdict(list)
    for ou in _ou(perimetre, le):
        if ou.etablissement_id is not None:
            for cote, montrees in _cotes(ou.place):
                semblables[cote, ou.campagne.pk, montrees].append(ou)
        elif peut_administrer_l_academie(ou.place):
            nombres["academie", ou.place.academie.pk] = len(compter(ACADEMIE, ou))
    for (cote, _, montrees), endroits in semblables.items():
        lus = compter_en_chacun(montrees, endroits[0], [ou.etablissement_id for ou in endroits if ou.etablissement_id])
        nombres |= {(cote, cle): nombre for cle, nombre in lus.items()}
    return nombres


def _ou(perimetre: Perimetre, le: datetime) -> Iterator[Ou]:
    """Chaque place d'une campagne ouverte."""
    campagnes: dict[int, Campagne | None] = {}
    for place in perimetre.places:
        if place.academie.pk not in campagnes:
            campagnes[place.academie.pk] = Campagne.objects.courante(place.academie)
        campagne = campagnes[place.academie.pk]
        if campagne is not None and campagne.est_ouverte:
            yield Ou(campagne, place.etablissement.pk if place.etablissement else None, place, le)


def _cotes(place: Place) -> Iterator[tuple[str, tuple[Tache, ...]]]:
    """Les côtés où la place travaille, et les tâches qu'elle y voit."""
    for cote, taches, ouvert in (("origine", ORIGINE, place.origine), ("accueil", ACCUEIL, place.accueil)):
        if ouvert:
            yield cote, tuple(tache for tache in taches if tache.se_montre_a(place))
