"""Essayer une autre matrice sur les avis d'une campagne, en cours ou close : combien d'avis finals changeraient (R31).

La base compte les couples d'avis, sans lire un dossier ; le reste est une comparaison de deux tables. Rien ne s'écrit.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Case as Selon
from django.db.models import CharField, Count, F, Value, When

from avis.rules import EtatCompteRendu
from candidatures.models import FormationDemandee
from candidatures.rules import Etat
from referentiel.models import Campagne
from referentiel.rules.jeu import LIBELLES_AVIS, LIBELLES_RESULTATS, Avis, Case, Modalite, Resultat, dans_l_ordre

Couple = tuple[Avis, Avis]
SANS_RESULTAT = "Sans résultat"


def effectifs(campagne: Campagne) -> dict[Couple, int]:
    """Nombre de formations par couple d'avis, en une requête.

    Sont comptées celles dont le compte-rendu est transmis, et celles des élèves absents ; jamais une séance collective.
    """
    rendu = When(avis_accueil__compte_rendu__etat=EtatCompteRendu.TRANSMIS, then=F("avis_accueil__valeur"))
    groupes = (
        FormationDemandee.objects.filter(
            desistee_le__isnull=True,
            candidature__domaine__campagne=campagne,
            candidature__etat__in=(Etat.RENDUE, Etat.ABSENTE),
        )
        .exclude(candidature__modalite=Modalite.COLLECTIF)
        .order_by()
        .values(
            origine=Selon(When(avis="", then=Value(Avis.ABSENT.value)), default=F("avis"), output_field=CharField()),
            accueil=Selon(rendu, default=Value(Avis.ABSENT.value), output_field=CharField()),
        )
        .annotate(nombre=Count("pk"))
    )
    return {(Avis(groupe["origine"]), Avis(groupe["accueil"])): groupe["nombre"] for groupe in groupes}


@dataclass(frozen=True, slots=True)
class CaseComparee:
    """Un couple d'avis, son effectif, et ce que chaque matrice en fait ; `None` : hors de la matrice."""

    couple: Couple
    nombre: int
    avant: Case | None
    apres: Case | None
    avec_points: bool

    @property
    def avant_dit(self) -> str:
        return dire_le_resultat(self.avant)

    @property
    def apres_dit(self) -> str:
        return dire_le_resultat(self.apres)

    @property
    def points_avant(self) -> int:
        return (self.avant and self.avant.points) or 0

    @property
    def points_apres(self) -> int:
        return (self.apres and self.apres.points) or 0

    @property
    def change(self) -> bool:
        autres_points = self.avec_points and self.points_avant != self.points_apres
        return self.avant_dit != self.apres_dit or autres_points


@dataclass(frozen=True, slots=True)
class Essai:
    """Deux matrices sur les mêmes avis."""

    cases: tuple[CaseComparee, ...]
    avec_points: bool

    @property
    def total(self) -> int:
        return sum(case.nombre for case in self.cases)

    @property
    def changes(self) -> int:
        return sum(case.nombre for case in self.cases if case.change)

    @property
    def passages(self) -> list[tuple[str, str, int]]:
        """De quel avis final vers lequel, et combien, le plus nombreux d'abord."""
        comptes: Counter[tuple[str, str]] = Counter()
        for case in self.cases:
            if case.change and case.nombre:
                comptes[case.avant_dit, case.apres_dit] += case.nombre
        return [(avant, apres, nombre) for (avant, apres), nombre in comptes.most_common()]

    @property
    def repartition(self) -> list[tuple[str, int, int]]:
        """Par avis final : combien avant, combien après."""
        avant: Counter[str] = Counter()
        apres: Counter[str] = Counter()
        for case in self.cases:
            avant[case.avant_dit] += case.nombre
            apres[case.apres_dit] += case.nombre
        libelles = [*LIBELLES_RESULTATS.values(), SANS_RESULTAT]
        return [(libelle, avant[libelle], apres[libelle]) for libelle in libelles if avant[libelle] or apres[libelle]]

    @property
    def points(self) -> tuple[int, int]:
        """Points donnés en tout : avant, après."""
        return (
            sum(case.nombre * case.points_avant for case in self.cases),
            sum(case.nombre * case.points_apres for case in self.cases),
        )

    @property
    def lignes(self) -> list[tuple[str, list[CaseComparee | None]]]:
        """La table croisée : une ligne par avis d'origine, une case par avis d'accueil de `colonnes`."""
        par_couple = {case.couple: case for case in self.cases}
        origines = dict.fromkeys(origine for origine, _ in par_couple)
        return [
            (LIBELLES_AVIS[origine], [par_couple.get((origine, accueil)) for accueil in self._accueils])
            for origine in origines
        ]

    @property
    def colonnes(self) -> list[str]:
        return [LIBELLES_AVIS[accueil] for accueil in self._accueils]

    @property
    def _accueils(self) -> list[Avis]:
        presents = {accueil for _, accueil in (case.couple for case in self.cases)}
        return [avis for avis in Avis if avis in presents]


def dire_le_resultat(case: Case | None) -> str:
    return LIBELLES_RESULTATS[case.resultat] if case else SANS_RESULTAT


def comparer(
    nombres: Mapping[Couple, int],
    avant: Mapping[Couple, Case],
    apres: Mapping[Couple, Case],
    *,
    avec_points: bool,
) -> Essai:
    """Ce que deux matrices font des mêmes avis, pour chaque couple de l'une, de l'autre ou des chiffres."""
    couples = dans_l_ordre({*nombres, *avant})
    cases = (CaseComparee(c, nombres.get(c, 0), avant.get(c), apres.get(c), avec_points) for c in couples)
    return Essai(tuple(cases), avec_points)


def en_case(couple: Couple, resultat: str, points: int | None) -> Case | None:
    """Une case saisie ; `None` si aucun résultat n'est choisi."""
    return Case(*couple, Resultat(resultat), points) if resultat else None
