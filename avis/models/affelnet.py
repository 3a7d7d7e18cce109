"""Ce que devient une demande dans Affelnet-Lycée, et ce qui lui en est remis (R33, R34)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from candidatures.models import FormationDemandee
from referentiel.models import Campagne
from referentiel.models.codes import nouveau_code


class SuiteAffelnet(models.Model):
    """Confirmation de la famille et saisie du vœu dans AFFELNET (R33)."""

    # La suite appartient à la formation demandée.
    formation_demandee = models.OneToOneField(
        FormationDemandee, on_delete=models.CASCADE, related_name="suite_affelnet"
    )
    confirmee_le = models.DateTimeField("confirmée par la famille le", null=True, blank=True)
    voeu_saisi_le = models.DateTimeField("vœu saisi le", null=True, blank=True)

    class Meta:
        verbose_name = "suite dans AFFELNET"
        verbose_name_plural = "suites dans AFFELNET"
        constraints = [
            models.CheckConstraint(
                name="voeu_apres_confirmation",
                condition=Q(voeu_saisi_le__isnull=True) | Q(confirmee_le__isnull=False),
                violation_error_message="Un vœu n’est saisi qu’après la confirmation de la famille.",
            )
        ]

    def __str__(self) -> str:
        return f"Suite de {self.formation_demandee}"


class ExportAffelnet(models.Model):
    """Un export vers AFFELNET, gardé tel qu'il a été remis (R34)."""

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # Une campagne ne s'efface pas tant qu'elle a des exports.
    campagne = models.ForeignKey(Campagne, on_delete=models.PROTECT, related_name="exports_affelnet")
    # Qui a exporté se désactive, ne s'efface pas.
    par = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    le = models.DateTimeField("le")
    contenu = models.BinaryField("fichier CSV")
    lignes = models.PositiveIntegerField("lignes")
    ecartees = models.PositiveIntegerField("formations écartées", default=0)
    empreinte = models.CharField("empreinte", max_length=64)

    class Meta:
        verbose_name = "export AFFELNET"
        verbose_name_plural = "exports AFFELNET"
        ordering = ["-le", "-pk"]

    def __str__(self) -> str:
        return f"Export du {self.le:%d/%m/%Y}"
