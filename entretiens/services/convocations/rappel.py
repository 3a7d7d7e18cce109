"""Rappeler un envoi tant que son délai court (R25)."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from comptes.models import Personne
from comptes.services import consigner_plusieurs
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from courriers.services import rappeler
from entretiens.models import Convocation, Envoi
from entretiens.rules.etats import NatureConvocation
from entretiens.services.convocations.verrous import prendre_ce_qui_attend, verrouiller_les_candidatures
from entretiens.services.convocations.versions import revenir_a_l_annonce_precedente
from referentiel.rules.calendrier import Nature
from referentiel.rules.refus import Refus
from referentiel.services import exiger_periode


@transaction.atomic
def rappeler_l_envoi(*, envoi: Envoi, par: Personne | None, le: datetime) -> None:
    """Rappelle un envoi tant que son délai court : aucun courriel ne part, les créneaux restent réservés (R25).

    Lève `Refus` si le délai est passé, si un courriel est parti, si l'envoi est déjà rappelé ou s'il annonce une
    annulation : retenue, elle laisserait attendre un élève dont le créneau est libre.
    """
    if annonce_une_annulation(envoi):
        raise Refus("Cet envoi annonce une annulation\u00a0: il ne se retient pas, le créneau est déjà libre.")
    retenir_l_envoi(envoi=envoi, par=par, le=le)


def annonce_une_annulation(envoi: Envoi) -> bool:
    """Vrai si l'une des convocations de l'envoi en est une."""
    return Convocation.objects.filter(envoi=envoi, nature=NatureConvocation.ANNULATION).exists()


def retenir_l_envoi(*, envoi: Envoi, par: Personne | None, le: datetime) -> None:
    """Retient les courriels d'un envoi, et rend à chaque entretien ce qui en était annoncé avant. Lève `Refus`."""
    exiger_periode(envoi.campagne, Nature.FERMETURE, etablissement_id=envoi.etablissement_id, le=le)
    ligne = Envoi.objects.select_for_update(of=("self",)).get(pk=envoi.pk)
    if ligne.rappele_le:
        raise Refus("Cet envoi est déjà annulé.")
    if le >= ligne.part_le:
        raise Refus("Les courriels sont partis : cet envoi ne peut plus être annulé.")
    convocations = Convocation.objects.filter(envoi=ligne)
    candidatures = list(verrouiller_les_candidatures(convocations.values("entretien__candidature")))
    courriels = Courriel.objects.filter(convocations__envoi=ligne).exclude(etat=EtatCourriel.RAPPELE).distinct()
    attendent = prendre_ce_qui_attend(courriels)
    if len(attendent) < courriels.count() or not rappeler(attendent):
        raise Refus("Les courriels sont en train de partir : cet envoi ne peut plus être annulé.")
    ligne.rappele_le = le
    ligne.save(update_fields=["rappele_le"])
    for convocation in convocations.filter(sequence=F("entretien__sequence")).select_related("entretien"):
        revenir_a_l_annonce_precedente(convocation.entretien)
    phrases = [(candidature, "Envoi de la convocation annulé avant son départ.") for candidature in candidatures]
    consigner_plusieurs(phrases=phrases, fait="convocation_rappelee", par=par, le=le)
