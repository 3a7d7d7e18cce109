"""Ce que la planification, les convocations et les entretiens laissent inachevé (écran S7)."""

from django.db.models import Q

from candidatures.models import Candidature
from candidatures.rules import Etat
from entretiens.models import Entretien
from referentiel.consequences import compter_en_mots
from referentiel.models import Campagne
from referentiel.rules.calendrier import Bornes
from referentiel.rules.dates import dire_jour


def sans_entretien(campagne: Campagne, bornes: Bornes) -> str:
    """Élèves inscrits que personne n'a encore placés sur un créneau (R26)."""
    inscrites = Candidature.objects.filter(domaine__campagne=campagne, etat=Etat.INSCRITE)
    return compter_en_mots(
        inscrites.count(),
        "candidature n’a pas encore d’entretien et ne pourra plus être planifiée.",
        "candidatures n’ont pas encore d’entretien et ne pourront plus être planifiées.",
    )


def sans_convocation(campagne: Campagne, bornes: Bornes) -> str:
    a_confirmer = Entretien.objects.a_confirmer().filter(candidature__domaine__campagne=campagne)
    return compter_en_mots(
        a_confirmer.count(),
        "entretien planifié n’a pas encore de convocation, qui ne pourra plus partir.",
        "entretiens planifiés n’ont pas encore de convocation, qui ne pourront plus partir.",
    )


def hors_de_la_periode(campagne: Campagne, bornes: Bornes) -> str:
    """Entretiens prévus un jour qui n'est plus dans la période (R24)."""
    dehors = Q()
    if ouvre := bornes.ouvre_a():
        dehors |= Q(periode__startswith__lt=ouvre)
    if clot := bornes.clot_a():
        dehors |= Q(periode__startswith__gte=clot)
    prevus = Entretien.objects.prevus().filter(dehors, candidature__domaine__campagne=campagne)
    limite = f" Les entretiens se terminent le {dire_jour(bornes.fin)}." if bornes.fin else ""
    phrase = compter_en_mots(
        prevus.count() if dehors else 0,
        "entretien prévu tombe hors de la période et devra être déplacé.",
        "entretiens prévus tombent hors de la période et devront être déplacés.",
    )
    return phrase and phrase + limite
