"""Les mots que la procédure écarte d'un commentaire ou d'un compte-rendu (R31b)."""

from django.db import models

from referentiel.models.campagnes.campagne import Campagne


class MotARappeler(models.Model):
    """Mot que la procédure écarte d'un commentaire ou d'un compte-rendu (R31b)."""

    # La liste appartient à sa campagne.
    campagne = models.ForeignKey(
        Campagne, verbose_name="campagne", on_delete=models.CASCADE, related_name="mots_a_rappeler"
    )
    mot = models.CharField("mot ou expression", max_length=60)
    famille = models.CharField(
        "famille", max_length=60, help_text="Par exemple «\u00a0résultats scolaires\u00a0», «\u00a0santé\u00a0»."
    )

    class Meta:
        verbose_name = "mot à rappeler"
        verbose_name_plural = "mots à rappeler"
        ordering = ["famille", "mot"]
        constraints = [
            models.UniqueConstraint(
                fields=["campagne", "mot"],
                name="mot_a_rappeler_unique",
                violation_error_message="Ce mot figure déjà dans la liste.",
            )
        ]

    def __str__(self) -> str:
        return self.mot
