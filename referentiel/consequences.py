"""Ce qu'une période qui se ferme laisse inachevé, compté par l'application qui le sait (écran S7, R1).

Une application du dessus déclare son compte dans son `AppConfig.ready()` :
`declarer(Nature.INSCRIPTION, brouillons_inachevables)`. Le calendrier le demande avant de raccourcir une période,
la clôture avant de figer la campagne.
"""

from collections.abc import Callable

from referentiel.models import Campagne
from referentiel.rules.calendrier import Bornes, Nature
from referentiel.rules.dates import INSECABLE

# De la campagne et des bornes qu'aura la période à une phrase, ou à rien s'il ne reste rien.
Compte = Callable[[Campagne, Bornes], str]
_comptes: dict[Nature, list[Compte]] = {}


def declarer(nature: Nature, compte: Compte) -> None:
    """Déclare ce que `compte` sait de la période `nature` ; le déclarer deux fois ne le dit qu'une."""
    comptes = _comptes.setdefault(nature, [])
    if compte not in comptes:
        comptes.append(compte)


def consequences(campagne: Campagne, bornes: dict[Nature, Bornes]) -> list[str]:
    """Ce qui ne pourra plus se faire si chaque période de `bornes` prend ses nouvelles bornes."""
    demandes = [
        (compte, bornes[nature]) for nature in Nature if nature in bornes for compte in _comptes.get(nature, ())
    ]
    return [phrase for compte, prises in demandes if (phrase := compte(campagne, prises))]


def compter_en_mots(nombre: int, singulier: str, pluriel: str) -> str:
    """« 214 inscriptions brouillons… », ou rien quand il n'y en a aucune."""
    if not nombre:
        return ""
    return f"{nombre:,}".replace(",", INSECABLE) + f"{INSECABLE}{pluriel if nombre > 1 else singulier}"
