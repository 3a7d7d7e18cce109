"""Où en est la campagne : la barre d'avancement de « À faire »."""

from typing import Any

from django.db.models import Count, Q, QuerySet, Value

from candidatures.models import Candidature
from candidatures.rules import Etat
from comptes.lectures_preparees import LecturePreparee, clef_temoin
from referentiel.conditions_preparees import de_la_campagne
from referentiel.portes import Espace, EspaceAcademique

INSCRITES = (
    Etat.INSCRITE,
    Etat.PLANIFIEE,
    Etat.CONVOQUEE,
    Etat.REALISEE,
    Etat.RENDUE,
    Etat.SEANCE_SUIVIE,
    Etat.ABSENTE,
)
CAMPAGNE, ETABLISSEMENT = clef_temoin(0), clef_temoin(1)
NOMBRES: dict[str, Any] = {
    "eleves": Count("eleve", distinct=True, filter=Q(etat__in=INSCRITES)),
    "realises": Count("pk", filter=Q(etat__in=(Etat.REALISEE, Etat.RENDUE, Etat.SEANCE_SUIVIE))),
    "planifies": Count("pk", filter=Q(etat__in=(Etat.PLANIFIEE, Etat.CONVOQUEE))),
    "a_planifier": Count("pk", filter=Q(etat=Etat.INSCRITE)),
    "absences": Count("pk", filter=Q(etat=Etat.ABSENTE)),
    "candidatures": Count("pk"),
}


def avancement(espace: Espace | EspaceAcademique) -> dict[str, int]:
    """Entretiens réalisés, planifiés, à planifier, et élèves inscrits, en une requête."""
    etablissement = espace.place.etablissement
    lus = AVANCEMENTS[str(espace.cote)].lire(
        campagne=espace.campagne.pk, etablissement=etablissement.pk if etablissement else None
    )
    return lus[0] if lus else dict.fromkeys(NOMBRES, 0)


def _preparer(candidatures: QuerySet[Candidature]) -> LecturePreparee:
    comptees = candidatures.order_by().values(tous=Value(1)).annotate(**NOMBRES).values(*NOMBRES)
    return LecturePreparee(lambda: comptees, {"campagne": CAMPAGNE, "etablissement": ETABLISSEMENT})


AVANCEMENTS = {
    "origine": _preparer(Candidature.objects.de_l_origine(CAMPAGNE, ETABLISSEMENT)),
    "accueil": _preparer(Candidature.objects.de_l_accueil(CAMPAGNE, ETABLISSEMENT)),
    "academie": _preparer(Candidature.objects.filter(de_la_campagne("domaine", CAMPAGNE))),
}
