"""Ce qui n'est pas arrivé : les courriels de convocation refusés, les convocations que personne ne reçoit (R25)."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from courriers.models import Courriel
from courriers.rules import EtatCourriel
from entretiens.models import Convocation
from entretiens.rules.etats import EtatEntretien, NatureConvocation


def non_distribues(convocations: QuerySet[Convocation], le: datetime) -> QuerySet[Courriel]:
    """Courriels abandonnés qui portent une de ces convocations, encore en vigueur et à venir."""
    attendues = convocations.en_vigueur().filter(periode__startswith__gt=le)
    return Courriel.objects.en_echec().filter(Exists(attendues.filter(courriels=OuterRef("pk"))))


def sans_adresse(convocations: QuerySet[Convocation], le: datetime) -> QuerySet[Convocation]:
    """Convocations en vigueur et à venir qu'aucun courriel ne porte : l'élève reste « convocation à envoyer »."""
    courriels = Courriel.objects.filter(convocations=OuterRef("pk")).exclude(etat=EtatCourriel.RAPPELE)
    return (
        convocations.en_vigueur()
        .exclude(nature=NatureConvocation.ANNULATION)
        .filter(entretien__etat=EtatEntretien.PREVU, periode__startswith__gt=le)
        .filter(~Exists(courriels))
    )


def avec_leur_envoi(courriels: QuerySet[Courriel]) -> QuerySet[Courriel]:
    """Pose sur chaque courriel le code de l'envoi dont il porte des convocations."""
    convocations = Convocation.objects.filter(courriels=OuterRef("pk")).order_by("pk")
    return courriels.annotate(code_de_l_envoi=Subquery(convocations.values("envoi__code")[:1]))
