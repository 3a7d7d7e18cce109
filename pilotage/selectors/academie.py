"""Les chiffres d'une campagne, sans nom d'élève (écran S2)."""

from datetime import datetime
from typing import Any

from django.db.models import Count, F, IntegerField, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from candidatures.models import Candidature
from candidatures.rules import Etat
from entretiens.models import Creneau, Entretien
from pilotage.selectors.avancement import INSCRITES

NOMBRES: dict[str, Q] = {
    "candidatures": Q(etat__in=INSCRITES),
    "a_planifier": Q(etat__in=(Etat.INSCRITE, Etat.PLANIFIEE)),
    "convoquees": Q(etat=Etat.CONVOQUEE),
    "realisees": Q(etat=Etat.REALISEE),
    "rendues": Q(etat=Etat.RENDUE),
    "seances": Q(etat=Etat.SEANCE_SUIVIE),
    "absences": Q(etat=Etat.ABSENTE),
    "desistements": Q(etat=Etat.DESISTEE),
}


def _comptages() -> dict[str, Count]:
    nombres = {nom: Count("pk", filter=condition) for nom, condition in NOMBRES.items()}
    return {"eleves": Count("eleve", distinct=True, filter=Q(etat__in=INSCRITES)), **nombres}


def chiffres(candidatures: QuerySet[Candidature]) -> dict[str, int]:
    """Chiffres de toutes les candidatures données, en une requête."""
    return candidatures.order_by().aggregate(**_comptages())


def par_departement(candidatures: QuerySet[Candidature]) -> list[dict[str, Any]]:
    """Mêmes chiffres, par département de l'établissement d'origine."""
    return list(
        candidatures.order_by("eleve__etablissement__departement")
        .values(departement=F("eleve__etablissement__departement"))
        .annotate(**_comptages())
    )


def accueils_en_attente(candidatures: QuerySet[Candidature], le: datetime) -> list[dict[str, Any]]:
    """Établissements d'accueil qui ont des élèves à planifier : combien, et combien de places libres."""
    places = (
        Creneau.objects.a_venir(le)
        .filter(seance__etablissement=OuterRef("accueil__etablissement"))
        .order_by()
        .values("seance__etablissement")
        .annotate(n=Sum("capacite") - Sum("places_prises"))
    )
    return list(
        candidatures.filter(etat=Etat.INSCRITE)
        .order_by()
        .values(
            nom=F("accueil__etablissement__nom"),
            commune=F("accueil__etablissement__commune"),
            departement=F("accueil__etablissement__departement"),
            places=Coalesce(Subquery(places.values("n"), output_field=IntegerField()), 0),
        )
        .annotate(attendent=Count("pk"))
        .order_by("-attendent", "nom")
    )


def accueils_en_retard(en_retard: QuerySet[Entretien]) -> list[dict[str, Any]]:
    """Établissements d'accueil qui ont des comptes-rendus en retard : combien, et depuis quel entretien."""
    return list(
        en_retard.order_by()
        .values(
            nom=F("candidature__accueil__etablissement__nom"),
            commune=F("candidature__accueil__etablissement__commune"),
            departement=F("candidature__accueil__etablissement__departement"),
        )
        .annotate(nombre=Count("pk"), plus_ancien=Min(F("periode__startswith")))
        .order_by("plus_ancien", "nom")
    )
