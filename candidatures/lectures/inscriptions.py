"""Les candidatures actives d'un élève, et ce que l'on en reprend."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import BigIntegerField, QuerySet

from candidatures.horaires import entretiens_fixes
from candidatures.models import Candidature, Eleve, FormationDemandee
from candidatures.rules import ENTRETIEN_A_VENIR, Etat
from comptes.lectures_preparees import LecturePreparee, Parametre
from comptes.models import Trace


def candidatures_actives(eleve: Eleve) -> list[Candidature]:
    """Candidatures actives d'un élève, avec accueil et formations, par domaine."""
    formations: dict[int, list[FormationDemandee]] = defaultdict(list)
    for demande in DEMANDES.lire(eleve=eleve.pk):
        formations[demande.candidature_id].append(demande)
    actives: list[Candidature] = ACTIVES.lire(eleve=eleve.pk)
    for candidature in actives:
        candidature.formations_maintenues = formations[candidature.pk]
        for demande in candidature.formations_maintenues:
            demande.candidature = candidature
    return actives


def _actives() -> QuerySet[Candidature]:
    siennes = Candidature.objects.actives().filter(eleve=Parametre("eleve", BigIntegerField()))
    return siennes.select_related("domaine", "accueil__etablissement").order_by("domaine__cle")


def _demandes() -> QuerySet[FormationDemandee]:
    siennes = FormationDemandee.objects.maintenues().filter(candidature__eleve=Parametre("eleve", BigIntegerField()))
    return siennes.select_related("formation")


# L'inscription et le dossier à imprimer commencent par elles.
ACTIVES, DEMANDES = LecturePreparee(_actives), LecturePreparee(_demandes)


def completables(candidatures: Iterable[Candidature], le: datetime) -> frozenset[int]:
    """Clés des candidatures inscrites qui peuvent encore recevoir une formation : l'entretien n'a pas commencé."""
    cles = {candidature.pk for candidature in candidatures if candidature.etat in {Etat.INSCRITE, *ENTRETIEN_A_VENIR}}
    entretiens = entretiens_fixes(cles)
    return frozenset(cle for cle in cles if cle not in entretiens or entretiens[cle].debut > le)


def formations_a_reprendre(candidature: Candidature, le: datetime, *, delai: int) -> list[FormationDemandee]:
    """Formations du dernier désistement partiel, tant qu'il s'annule ; `delai` en minutes (écran 6.5)."""
    depuis = le - timedelta(minutes=delai)
    retirees = list(
        FormationDemandee.objects.filter(candidature=candidature, desistee_le__gt=depuis)
        .select_related("formation")
        .order_by("-desistee_le", "pk")
    )
    dernieres = [demande for demande in retirees if demande.desistee_le == retirees[0].desistee_le]
    if not dernieres:
        return []
    desistements = Trace.objects.de(candidature).filter(fait="desistement_partiel", le=dernieres[0].desistee_le)
    return dernieres if desistements.exists() else []
