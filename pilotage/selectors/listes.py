"""Les candidatures d'une liste : les seules colonnes que montrent ses lignes, en une requête et sans bâtir de modèle.

Une page de soixante élèves en bâtirait plus de mille. Ce qui se déduit de ces colonnes, ce que chaque côté ignore
encore (R25, R30), vient des mêmes fonctions que `CandidatureLue`.
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import (
    BooleanField,
    Case,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    When,
)
from django.db.models.functions import JSONObject

from avis.rules import EtatCompteRendu
from candidatures.models import Candidature, FormationDemandee
from candidatures.presentation import Presentation, presenter
from candidatures.rules import Etat, Situation
from entretiens.rules.etats import OCCUPENT
from pilotage.selectors.lecture import situation_montree, tait_l_entretien
from referentiel.models import Campagne
from referentiel.permissions import Cote

AVIS_COMPLET = Case(When(Q(avis="") | Q(commentaire=""), then=False), default=True, output_field=BooleanField())


@dataclass(frozen=True, slots=True)
class PointDeVue:
    """De quel côté et à quel instant une liste se lit ; `publie`, vrai si l'origine lit les avis d'accueil (R30)."""

    cote: Cote
    le: datetime
    publie: bool
    delai: int

    @classmethod
    def de(cls, campagne: Campagne, cote: Cote, le: datetime) -> "PointDeVue":
        return cls(cote, le, campagne.montre_les_avis_d_accueil(le), campagne.regles.delai_compte_rendu)

    def periode(self, etat: str, periode: DateTimeTZRange | None) -> DateTimeTZRange | None:
        """Celle de l'entretien, s'il se montre de ce côté."""
        return None if tait_l_entretien(etat, self.cote) else periode

    def presentation(self, etat: str, periode: DateTimeTZRange | None, compte_rendu: str | None) -> Presentation:
        """`periode` telle qu'elle se montre, `compte_rendu` : son état, s'il y en a un."""
        return presenter(self._situation(etat, periode, compte_rendu), a_l_accueil=self.cote is Cote.ACCUEIL)

    def _situation(self, etat: str, periode: DateTimeTZRange | None, compte_rendu: str | None) -> Situation:
        return situation_montree(
            Etat(etat),
            periode,
            cote=self.cote,
            publiee=self.publie and compte_rendu == EtatCompteRendu.TRANSMIS,
            delai=self.delai,
            le=self.le,
        )


def avec_entretien(candidatures: QuerySet[Candidature]) -> QuerySet[Candidature]:
    """Joint sous le nom `fixe` l'entretien en vigueur de chacune : il n'y en a jamais deux."""
    return candidatures.annotate(
        fixe=FilteredRelation("entretiens", condition=Q(entretiens__etat__in=sorted(OCCUPENT)))
    )


def avis_demandes() -> ArraySubquery:
    """Par candidature, un booléen par formation demandée à l'inscription et maintenue : vrai si l'avis est complet."""
    demandees = FormationDemandee.objects.filter(
        candidature=OuterRef("pk"), desistee_le__isnull=True, ajoutee_a_l_entretien=False
    )
    return ArraySubquery(demandees.order_by().values_list(AVIS_COMPLET))


def formations_demandees() -> ArraySubquery:
    """Par candidature, ses formations maintenues : type, libellé, avis complet ou non, ajoutée à l'entretien ou non."""
    maintenues = FormationDemandee.objects.maintenues().filter(candidature=OuterRef("pk"))
    montrees = JSONObject(
        type="formation__type", libelle="formation__libelle", complet=AVIS_COMPLET, ajoutee="ajoutee_a_l_entretien"
    )
    return ArraySubquery(maintenues.values_list(montrees))
