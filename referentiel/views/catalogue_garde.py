"""Le corps du catalogue, gardé tant que rien de ce qu'il montre ne change : les visites d'une heure sont les mêmes.

La version du catalogue est relue à chaque visite (`referentiel.version_du_catalogue`) et fait partie de ce qui désigne
un corps : ce que le SAIO change se voit à la visite suivante. Elle se lit avant lui : un corps composé pendant une
écriture reste sous une version que plus personne ne demandera.

Ne s'y garde que ce qui ne dépend que de l'adresse et du catalogue, sans requête ni personne. Une recherche n'y entre
pas : rares sont les mêmes, et un texte saisi n'a pas à rester en mémoire.
"""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from django.core.cache import caches
from django.http import HttpRequest, QueryDict
from django.urls import get_script_prefix
from django.utils.safestring import SafeString

from referentiel.forms.catalogue import FiltreDuCatalogue
from referentiel.models import Campagne
from referentiel.version_du_catalogue import version_du_catalogue

CHOISIS = frozenset(FiltreDuCatalogue.base_fields) - {"q"} | {"page"}
# Une adresse est écrite dans chaque lien du corps : une longue en ferait un gros.
ADRESSE_AU_PLUS = 200


def corps_garde(
    request: HttpRequest,
    campagne: Campagne,
    academies: Sequence[Mapping[str, str]],
    composer: Callable[[], SafeString],
) -> SafeString:
    """Le corps que rend `composer`, ou celui d'une visite semblable ; `academies` : les liens qu'il montre."""
    demande = request.GET.urlencode()
    if not _se_garde(request.GET, demande):
        return composer()
    cle = _cle(
        get_script_prefix(),
        request.path,
        demande,
        campagne.pk,
        campagne.academie.departements,
        [(lien["libelle"], lien["url"]) for lien in academies],
        version_du_catalogue(campagne),
    )
    gardes = caches["catalogue"]
    corps = gardes.get(cle)
    if corps is None:
        corps = composer()
        gardes.set(cle, corps)
    return corps


def _se_garde(choix: QueryDict, demande: str) -> bool:
    return len(demande) <= ADRESSE_AU_PLUS and all(nom in CHOISIS or (nom == "q" and not choix[nom]) for nom in choix)


def _cle(*parties: object) -> str:
    return sha256(repr(parties).encode()).hexdigest()
