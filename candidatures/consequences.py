"""Ce qu'une inscription close laisse inachevé (écran S7)."""

from candidatures.models import Candidature, FormationDemandee
from candidatures.rules import AVIS_FIGES, INACTIFS, Etat
from referentiel.consequences import compter_en_mots
from referentiel.models import Campagne
from referentiel.rules.calendrier import Bornes


def brouillons_inachevables(campagne: Campagne, bornes: Bornes) -> str:
    brouillons = Candidature.objects.filter(domaine__campagne=campagne, etat__in=(Etat.BROUILLON, Etat.A_VALIDER))
    return compter_en_mots(
        brouillons.count(),
        "inscription brouillon ne pourra plus être terminée.",
        "inscriptions brouillons ne pourront plus être terminées.",
    )


def avis_d_origine_manquants(campagne: Campagne, bornes: Bornes) -> str:
    """L'avis se donne jusqu'à l'entretien : c'est la fin des entretiens qui le rend impossible (R16)."""
    sans_avis = (
        FormationDemandee.objects.sans_avis_complet()
        .filter(candidature__domaine__campagne=campagne)
        .exclude(candidature__etat__in=INACTIFS | AVIS_FIGES | {Etat.BROUILLON, Etat.A_VALIDER})
    )
    return compter_en_mots(
        sans_avis.count(),
        "formation demandée attend encore l’avis ou le commentaire du collège.",
        "formations demandées attendent encore l’avis ou le commentaire du collège.",
    )
