"""Ce que le départ d'un courriel change aux candidatures (écran 6.5)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import BigIntegerField, F

from candidatures.models import Candidature, CandidatureQuerySet
from candidatures.rules import Etat
from candidatures.services import faire_passer_plusieurs
from comptes.lectures_preparees import LecturePreparee, Parametre
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from entretiens.models import Convocation
from entretiens.rules.etats import NatureConvocation
from entretiens.services.convocations.courrier import refaire_sans
from entretiens.services.convocations.verrous import a_verrouiller, prendre_ce_qui_attend, verrouiller_les_candidatures


def _annoncees() -> CandidatureQuerySet:
    """Candidatures qu'un courriel annonce, verrouillées : leur état, et la campagne de l'élève pour l'historique."""
    portees = Convocation.objects.filter(courriels=Parametre("courriel", BigIntegerField()))
    annonces = portees.exclude(nature=NatureConvocation.ANNULATION).en_vigueur()
    verrouillees = a_verrouiller(annonces.values("entretien__candidature"))
    return verrouillees.only("etat", "eleve__campagne")


# Un soir de convocations la refait dix mille fois.
ANNONCEES = LecturePreparee(_annoncees)


@transaction.atomic(savepoint=False)
def noter_le_depart(*, courriel: Courriel, le: datetime) -> None:
    """Au départ du premier courriel d'une convocation, la candidature planifiée devient convoquée (écran 6.5).

    Une candidature qui est ailleurs qu'en « planifiée » est laissée comme elle est.
    """
    _convoquer(ANNONCEES.lire(courriel=courriel.pk), le)


@transaction.atomic
def reprendre_les_convocations(*, le: datetime) -> int:
    """Remet d'aplomb ce qu'un départ simultané a pu laisser ; rend le nombre de courriels refaits.

    Un courriel en attente qui porte une convocation remplacée est refait sans elle ; une candidature encore
    « planifiée » dont la convocation est partie devient convoquée.
    """
    perimees = Convocation.objects.exclude(sequence=F("entretien__sequence"), envoi__rappele_le__isnull=True)
    a_refaire = Courriel.objects.filter(convocations__in=perimees, etat=EtatCourriel.A_ENVOYER).distinct()
    refaits = refaire_sans(prendre_ce_qui_attend(a_refaire), le=le)
    parties = Convocation.objects.en_vigueur().filter(
        courriels__etat=EtatCourriel.ENVOYE, entretien__candidature__etat=Etat.PLANIFIEE
    )
    annonces = parties.exclude(nature=NatureConvocation.ANNULATION)
    _convoquer(verrouiller_les_candidatures(annonces.values("entretien__candidature")), le)
    return refaits


def _convoquer(verrouillees: Sequence[Candidature], le: datetime) -> None:
    planifiees = [candidature for candidature in verrouillees if candidature.etat == Etat.PLANIFIEE]
    if planifiees:
        faire_passer_plusieurs(
            candidatures=planifiees,
            vers=Etat.CONVOQUEE,
            fait="convocation",
            phrases=["Convocation envoyée à l’établissement d’origine."] * len(planifiees),
            par=None,
            le=le,
        )
