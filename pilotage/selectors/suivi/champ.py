"""Ce que l'on compte : une campagne, les départements que la personne peut lire, les filtres, un instant.

L'état d'une candidature à un jour passé se lit dans son historique : l'état du dernier passage d'avant ce jour, et
« inscrite » s'il n'y en a pas encore eu depuis l'inscription (R39). Rien de passé depuis : c'est l'état d'aujourd'hui.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from candidatures.models import Candidature, FormationDemandee
from candidatures.rules import Etat
from comptes.models import Trace
from entretiens.models import Entretien
from referentiel.conditions_preparees import de_la_campagne
from referentiel.models import Campagne
from referentiel.rules.dates import fin_du_jour, jour_de


@dataclass(frozen=True, slots=True)
class Champ:
    """`departements` : ceux que la personne lit, `None` pour toute l'académie ; `au` : jour compris, `None` pour
    maintenant.
    """

    campagne: Campagne
    le: datetime
    departements: frozenset[str] | None = None
    departement: str = ""
    domaine: str = ""
    type: str = ""
    au: date | None = None

    @property
    def instant(self) -> datetime:
        """Instant exclu jusqu'auquel on compte."""
        return self.le if self.est_aujourd_hui else fin_du_jour(self.jour)

    @property
    def jour(self) -> date:
        return min(self.au, jour_de(self.le)) if self.au else jour_de(self.le)

    @property
    def est_aujourd_hui(self) -> bool:
        return self.jour == jour_de(self.le)

    def maintenant(self) -> "Champ":
        """Le même champ, sans égard au jour choisi : ce que l'historique ne garde pas se lit aujourd'hui."""
        return replace(self, au=None)

    def jours_plus_tot(self, jours: int) -> "Champ":
        return replace(self, au=self.jour - timedelta(days=jours))

    def conditions(self, prefixe: str = "", domaine: str = "") -> Q:
        """Candidatures du champ, quel que soit leur état ; `prefixe` mène du modèle filtré à la candidature.

        `domaine` mène au domaine, si ce modèle le répète.
        """
        domaine = domaine or f"{prefixe}domaine"
        q = Q(de_la_campagne(domaine, self.campagne))
        if self.departements is not None:
            q &= Q(**{f"{prefixe}eleve__etablissement__departement__in": sorted(self.departements)})
        if self.departement:
            q &= Q(**{f"{prefixe}eleve__etablissement__departement": self.departement})
        if self.domaine:
            q &= Q(**{f"{domaine}__slug": self.domaine})
        if self.type:
            demandes = FormationDemandee.objects.maintenues().filter(formation__type=self.type)
            q &= Q(Exists(demandes.filter(candidature=OuterRef(f"{prefixe}pk"))))
        return q

    def candidatures(self) -> QuerySet[Candidature]:
        """Candidatures inscrites avant l'instant, chacune avec sa `situation` à cet instant."""
        inscrites = Candidature.objects.filter(self.conditions(), inscrite_le__lt=self.instant).order_by()
        if self.est_aujourd_hui:
            return inscrites.annotate(situation=F("etat"))
        return inscrites.annotate(situation=_etat_avant(self.instant))

    def entretiens(self) -> QuerySet[Entretien]:
        """Entretiens des candidatures du champ, commencés avant l'instant."""
        return Entretien.objects.filter(
            self.conditions("candidature__", domaine="domaine"), periode__startswith__lt=self.instant
        ).order_by()

    def demandes(self) -> QuerySet[FormationDemandee]:
        """Formations demandées et ajoutées, maintenues, du type choisi, des candidatures inscrites du champ."""
        demandes = (
            FormationDemandee.objects.maintenues()
            .filter(self.conditions("candidature__", domaine="domaine"), candidature__inscrite_le__lt=self.instant)
            .exclude(candidature__etat__in=(Etat.BROUILLON, Etat.DESISTEE, Etat.ANNULEE))
            .order_by()
        )
        return demandes.filter(formation__type=self.type) if self.type else demandes


def _etat_avant(instant: datetime) -> Case:
    """L'historique n'est lu, candidature par candidature, que pour celles qui ont changé depuis : les autres en sont
    où elles en étaient."""
    passages = Trace.objects.filter(objet_type=Candidature._meta.label_lower, apres__has_key="etat")
    depuis = passages.filter(le__gte=instant).order_by().values("objet_id")
    avant = passages.filter(objet_id=OuterRef("pk"), le__lt=instant).order_by("-le", "-pk")
    etat = avant.values_list(Cast(KeyTextTransform("etat", "apres"), CharField()))[:1]
    alors = Coalesce(Subquery(etat), Value(Etat.INSCRITE.value), output_field=CharField())
    return Case(When(pk__in=depuis, then=alors), default=F("etat"), output_field=CharField())
