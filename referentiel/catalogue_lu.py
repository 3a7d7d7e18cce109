"""Ce que la page du catalogue lit à chaque fois : les lieux, les domaines, la première page (R9).

Ces requêtes sont préparées, celles des offres une par combinaison de filtres et par nombre de mots cherchés ; rien de
ce qui est lu n'est gardé.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, CharField, Count, QuerySet

from comptes.lectures_preparees import LecturePreparee, Parametre
from referentiel.conditions_preparees import parmi_les_textes
from referentiel.listes import PAR_PAGE
from referentiel.models import Campagne, Domaine, Etablissement, Offre
from referentiel.models.catalogue import CHAMPS_DES_FILTRES, OffreQuerySet, dire_la_formation
from referentiel.rules.recherche import Mot, Recherche, mots_cherches

MONTRES = (
    "rencontre",
    "formation",
    "formation__type",
    "formation__libelle",
    "formation__slug",
    "formation__domaine__nom",
    "etablissement",
    "etablissement__uai",
    "etablissement__nom",
    "etablissement__commune",
    "etablissement__departement",
)
Filtres = Mapping[str, list[str]]


class DomaineLu(NamedTuple):
    nom: str


class FormationLue(NamedTuple):
    """Ce que le catalogue montre d'une formation, sous les noms du modèle."""

    pk: int
    type: str
    libelle: str
    slug: str
    domaine: DomaineLu

    @property
    def intitule(self) -> str:
        return dire_la_formation(self.type, self.libelle)


class LieuLu(NamedTuple):
    """Ce que le catalogue montre d'un établissement, sous les noms du modèle."""

    pk: int
    uai: str
    nom: str
    commune: str
    departement: str

    @property
    def segment(self) -> str:
        return self.uai.lower()


class LieuPropose(NamedTuple):
    """Un établissement qui a une offre, tel que les filtres et la carte le montrent."""

    uai: str
    nom: str
    commune: str
    latitude: float | None
    longitude: float | None

    @property
    def segment(self) -> str:
        return self.uai.lower()


class OffreLue(NamedTuple):
    """Une ligne du catalogue : ni modèle ni accès, une page en montre soixante."""

    rencontre: str
    formation: FormationLue
    etablissement: LieuLu


@dataclass(frozen=True, slots=True)
class _Forme:
    """Ce qui change l'écriture d'une requête : les filtres choisis, le nombre de mots cherchés de chaque sorte."""

    filtres: frozenset[str]
    exacts: int
    approches: int

    @property
    def offres(self) -> OffreQuerySet:
        retenues = [parmi_les_textes(CHAMPS_DES_FILTRES[nom], nom) for nom in sorted(self.filtres)]
        return Offre.objects.de_la_campagne(_la_campagne()).filter(*retenues).trouvees(self.recherche)

    @property
    def recherche(self) -> Any:
        """Une recherche dont chaque mot est un paramètre."""
        return Recherche(_mots("exact", self.exacts), _mots("approche", self.approches))


class _Mot(NamedTuple):
    """Un mot que chaque lecture donne."""

    racine: Parametre
    cle: Parametre


def comprendre(campagne: Campagne, texte: str) -> Recherche:
    """Ce que cherche `texte` dans la campagne : un mot qu'aucune offre ne contient n'y est qu'approché."""
    mots = mots_cherches(texte)
    if not mots:
        return Recherche()
    lus = _contenus(len(mots)).lire(campagne=campagne.pk, **_valeurs("exact", mots))
    exacts = tuple(mot for mot, trouve in zip(mots, lus[0], strict=True) if trouve) if lus else ()
    return Recherche(exacts, tuple(mot for mot in mots if mot not in exacts))


def premiere_page(
    campagne: Campagne, filtres: Filtres, recherche: Recherche, *, par_etablissement: bool
) -> list[OffreLue]:
    """Les premières offres du catalogue."""
    forme, valeurs = _former(campagne, filtres, recherche)
    return [_offre(*lue) for lue in _page(forme, par_etablissement).lire(**valeurs)]


def _offre(rencontre: str, formation: int, type_: str, libelle: str, slug: str, domaine: str, *lieu: Any) -> OffreLue:
    return OffreLue(rencontre, FormationLue(formation, type_, libelle, slug, DomaineLu(domaine)), LieuLu(*lieu))


def lieux_proposes(campagne: Campagne) -> list[LieuPropose]:
    """Les établissements qui ont une offre, de commune en commune."""
    return [LieuPropose(*lu) for lu in LIEUX.lire(campagne=campagne.pk)]


def nombres_par_ville(campagne: Campagne, filtres: Filtres, recherche: Recherche) -> dict[str, int]:
    forme, valeurs = _former(campagne, filtres, recherche)
    return dict(_nombres(forme).lire(**valeurs))


def _former(campagne: Campagne, filtres: Filtres, recherche: Recherche) -> tuple[_Forme, dict[str, Any]]:
    """La forme d'une requête, et les valeurs qu'elle attend."""
    exacts, approches = _valeurs("exact", recherche.exacts), _valeurs("approche", recherche.approches)
    noms = frozenset(nom for nom in filtres if filtres[nom])
    forme = _Forme(noms, len(recherche.exacts), len(recherche.approches))
    return forme, {"campagne": campagne.pk, **filtres, **exacts, **approches}


def _mots(sorte: str, nombre: int) -> tuple[Any, ...]:
    rangs = range(nombre)
    return tuple(
        _Mot(Parametre(f"racine_{sorte}_{rang}", CharField()), Parametre(f"{sorte}_{rang}", CharField()))
        for rang in rangs
    )


def _valeurs(sorte: str, mots: Sequence[Mot]) -> dict[str, str]:
    racines = {f"racine_{sorte}_{rang}": mot.racine for rang, mot in enumerate(mots)}
    return racines | {f"{sorte}_{rang}": mot.cle for rang, mot in enumerate(mots)}


@lru_cache
def _contenus(nombre: int) -> LecturePreparee:
    offres = Offre.objects.filter(formation__domaine__campagne=_la_campagne())
    return LecturePreparee(lambda: offres.contenant(_mots("exact", nombre)))


@lru_cache
def _page(forme: _Forme, par_etablissement: bool) -> LecturePreparee:
    def construire() -> QuerySet[Offre, tuple[Any, ...]]:
        classer = forme.offres.par_etablissement if par_etablissement else forme.offres.par_formation
        return classer(forme.recherche).values_list(*MONTRES)[:PAR_PAGE]

    return LecturePreparee(construire)


@lru_cache
def _nombres(forme: _Forme) -> LecturePreparee:
    def construire() -> QuerySet[Offre, tuple[str, int]]:
        comptees = forme.offres.order_by().values("etablissement__commune").annotate(nombre=Count("pk"))
        return comptees.values_list("etablissement__commune", "nombre")

    return LecturePreparee(construire)


def _la_campagne() -> Parametre:
    return Parametre("campagne", BigIntegerField())


def _lieux() -> QuerySet[Etablissement, tuple[Any, ...]]:
    offres = Offre.objects.filter(formation__domaine__campagne=_la_campagne()).order_by()
    proposent = Etablissement.objects.filter(pk__in=offres.values("etablissement")).order_by("cle_de_commune", "cle")
    return proposent.values_list(*LieuPropose._fields)


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
