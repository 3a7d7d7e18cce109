"""Ce qu'un établissement demande à un autre : un créneau, un élève (R12, écran O8)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from candidatures.models.candidatures import Candidature
from candidatures.models.eleves import Eleve
from referentiel.models import Etablissement
from referentiel.models.codes import nouveau_code


class DemandeDeCreneau(models.Model):
    """L'origine demande un autre créneau pour un élève empêché ou absent (écran O8)."""

    class Etat(models.TextChoices):
        EN_ATTENTE = "en_attente", "En attente"
        ACCEPTEE = "acceptee", "Acceptée"
        REFUSEE = "refusee", "Refusée"

    class Motif(models.TextChoices):
        STAGE = "stage", "Élève en stage"
        AUTRE_ENTRETIEN = "autre_entretien", "Autre entretien le même jour"
        ABSENCE = "absence", "Absence de l’élève"
        AUTRE = "autre", "Autre"

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # La demande disparaît avec la candidature.
    candidature = models.ForeignKey(Candidature, on_delete=models.CASCADE, related_name="demandes_de_creneau")
    motif = models.CharField("motif", max_length=16, choices=Motif.choices)
    message = models.CharField("message", max_length=300, blank=True)
    etat = models.CharField("état", max_length=12, choices=Etat.choices, default=Etat.EN_ATTENTE)
    reponse = models.CharField("réponse de l’établissement d’accueil", max_length=300, blank=True)
    # Qui a demandé se désactive, ne s'efface pas.
    par = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    demandee_le = models.DateTimeField("demandée le")
    reglee_le = models.DateTimeField("réglée le", null=True, blank=True)

    class Meta:
        verbose_name = "demande de créneau"
        verbose_name_plural = "demandes de créneau"
        ordering = ["demandee_le"]
        constraints = [
            models.UniqueConstraint(
                fields=["candidature"],
                condition=Q(etat="en_attente"),
                name="creneau_une_demande_en_attente",
                violation_error_message="Un autre créneau est déjà demandé pour cette candidature.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.candidature}, {self.get_motif_display().lower()}"


class DemandeDeTransfert(models.Model):
    """Demande d'un établissement qui reçoit un élève déjà inscrit ailleurs (R12)."""

    class Etat(models.TextChoices):
        EN_ATTENTE = "en_attente", "En attente"
        ACCEPTEE = "acceptee", "Acceptée"
        REFUSEE = "refusee", "Refusée"

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # La demande disparaît avec le dossier de l'élève.
    eleve = models.ForeignKey(Eleve, on_delete=models.CASCADE, related_name="demandes_de_transfert")
    # L'établissement demandeur ne s'efface pas tant que la demande existe.
    demandeur = models.ForeignKey(Etablissement, on_delete=models.PROTECT, related_name="transferts_demandes")
    etat = models.CharField("état", max_length=12, choices=Etat.choices, default=Etat.EN_ATTENTE)
    demandee_le = models.DateTimeField("demandée le")
    reglee_le = models.DateTimeField("réglée le", null=True, blank=True)

    class Meta:
        verbose_name = "demande de transfert"
        verbose_name_plural = "demandes de transfert"
        constraints = [
            models.UniqueConstraint(
                fields=["eleve", "demandeur"],
                condition=Q(etat="en_attente"),
                name="transfert_une_demande_en_attente",
                violation_error_message="Ce transfert est déjà demandé.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.eleve} vers {self.demandeur}"
