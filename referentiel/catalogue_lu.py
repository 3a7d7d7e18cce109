"""Ce que la page du catalogue lit à chaque fois : les lieux, les domaines, la première page (R9).

Ces requêtes sont préparées, celles des offres une par combinaison de filtres ; rien de ce qui est lu n'est gardé. Un
texte cherché s'écrit autrement à chaque fois : ses requêtes ne le sont pas.
"""

from collections.abc import Mapping
from functools import lru_cache

from django.db.models import BigIntegerField, Count, QuerySet

from comptes.lectures_preparees import LecturePreparee, Parametre
from referentiel.conditions_preparees import parmi_les_textes
from referentiel.listes import PAR_PAGE
from referentiel.models import Campagne, Domaine, Etablissement, Offre
from referentiel.models.catalogue import CHAMPS_DES_FILTRES, OffreQuerySet

MONTRES = (
    "hors_passpro",
    "formation__type",
    "formation__libelle",
    "formation__slug",
    "formation__domaine__nom",
    "etablissement__uai",
    "etablissement__nom",
    "etablissement__commune",
    "etablissement__departement",
)
Filtres = Mapping[str, list[str]]


def premiere_page(campagne: Campagne, filtres: Filtres, *, par_etablissement: bool) -> list[Offre]:
    """Les premières offres du catalogue, sans texte cherché ; leur accès n'est pas lu."""
    noms = frozenset(nom for nom in filtres if filtres[nom])
    return _page(noms, par_etablissement).lire(campagne=campagne.pk, **filtres)


def nombres_par_ville(campagne: Campagne, filtres: Filtres) -> dict[str, int]:
    noms = frozenset(nom for nom in filtres if filtres[nom])
    return dict(_nombres(noms).lire(campagne=campagne.pk, **filtres))


def compter_par_ville(offres: OffreQuerySet) -> QuerySet[Offre, tuple[str, int]]:
    comptees = offres.order_by().values("etablissement__commune").annotate(nombre=Count("pk"))
    return comptees.values_list("etablissement__commune", "nombre")


@lru_cache
def _page(noms: frozenset[str], par_etablissement: bool) -> LecturePreparee:
    def construire() -> QuerySet[Offre]:
        offres = _retenues(noms)
        classees = offres.par_etablissement() if par_etablissement else offres.par_formation()
        return classees.only(*MONTRES)[:PAR_PAGE]

    return LecturePreparee(construire)


@lru_cache
def _nombres(noms: frozenset[str]) -> LecturePreparee:
    return LecturePreparee(lambda: compter_par_ville(_retenues(noms)))


def _retenues(noms: frozenset[str]) -> OffreQuerySet:
    offres = Offre.objects.de_la_campagne(_la_campagne())
    return offres.filter(*(parmi_les_textes(CHAMPS_DES_FILTRES[nom], nom) for nom in sorted(noms)))


def _la_campagne() -> Parametre:
    return Parametre("campagne", BigIntegerField())


def _lieux() -> QuerySet[Etablissement]:
    offres = Offre.objects.filter(formation__domaine__campagne=_la_campagne()).order_by()
    proposent = Etablissement.objects.filter(pk__in=offres.values("etablissement")).order_by("commune", "nom")
    return proposent.only("uai", "nom", "commune", "latitude", "longitude")


def _domaines() -> QuerySet[Domaine]:
    return Domaine.objects.filter(campagne=_la_campagne()).only("slug", "nom")


def _reperes() -> QuerySet[Etablissement, tuple[str, float, float]]:
    places = Etablissement.objects.filter(
        academie=Parametre("academie", BigIntegerField()), latitude__isnull=False, longitude__isnull=False
    )
    return places.order_by().values_list("departement", "latitude", "longitude")


LIEUX = LecturePreparee(_lieux)
DOMAINES = LecturePreparee(_domaines)
REPERES = LecturePreparee(_reperes)
