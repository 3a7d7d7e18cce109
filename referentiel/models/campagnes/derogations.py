"""Le délai accordé à un établissement sur une période (R4)."""

from django.db import models

from referentiel.models import choix
from referentiel.models.etablissements import Etablissement


class Derogation(models.Model):
    """Délai accordé à un établissement sur une période, avec son motif (R4)."""

    # La dérogation n'a de sens qu'avec sa campagne et son établissement.
    campagne = models.ForeignKey(
        "referentiel.Campagne", verbose_name="campagne", on_delete=models.CASCADE, related_name="derogations"
    )
    etablissement = models.ForeignKey(
        Etablissement, verbose_name="établissement", on_delete=models.CASCADE, related_name="derogations"
    )
    nature = models.CharField("période", max_length=20, choices=choix.natures)
    jusqu_au = models.DateField("jusqu’au (inclus)")
    motif = models.CharField("motif", max_length=300)

    class Meta:
        verbose_name = "dérogation"
        verbose_name_plural = "dérogations"
        constraints = [
            models.UniqueConstraint(
                fields=["campagne", "etablissement", "nature"],
                name="derogation_unique",
                violation_error_message="Cet établissement a déjà une dérogation sur cette période.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.etablissement} – {self.get_nature_display()}"
