"""Où en est la campagne : la barre d'avancement de « À faire »."""

from django.db.models import Count, Q, QuerySet

from candidatures.models import Candidature
from candidatures.rules import Etat

INSCRITES = (
    Etat.INSCRITE,
    Etat.PLANIFIEE,
    Etat.CONVOQUEE,
    Etat.REALISEE,
    Etat.RENDUE,
    Etat.SEANCE_SUIVIE,
    Etat.ABSENTE,
)


def avancement(candidatures: QuerySet[Candidature]) -> dict[str, int]:
    """Entretiens réalisés, planifiés, à planifier, et élèves inscrits, en une requête."""
    return candidatures.order_by().aggregate(
        eleves=Count("eleve", distinct=True, filter=Q(etat__in=INSCRITES)),
        realises=Count("pk", filter=Q(etat__in=(Etat.REALISEE, Etat.RENDUE, Etat.SEANCE_SUIVIE))),
        planifies=Count("pk", filter=Q(etat__in=(Etat.PLANIFIEE, Etat.CONVOQUEE))),
        a_planifier=Count("pk", filter=Q(etat=Etat.INSCRITE)),
        absences=Count("pk", filter=Q(etat=Etat.ABSENTE)),
        candidatures=Count("pk"),
    )
