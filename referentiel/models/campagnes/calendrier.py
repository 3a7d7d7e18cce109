"""Le calendrier d'une campagne : ses périodes, ses vacances (R2)."""

from datetime import date

from django.db import models
from django.db.models import F, Q

from referentiel.models import choix
from referentiel.models.campagnes.campagne import Campagne
from referentiel.rules.calendrier import LIBELLES, Bornes, Nature


class Periode(models.Model):
    """Une période du calendrier, jours de début et de fin compris, à l'heure de Paris (R2)."""

    # Le calendrier appartient à sa campagne.
    campagne = models.ForeignKey(Campagne, verbose_name="campagne", on_delete=models.CASCADE, related_name="periodes")
    nature = models.CharField("période", max_length=20, choices=choix.natures)
    debut = models.DateField("du", null=True, blank=True)
    fin = models.DateField("au (inclus)", null=True, blank=True)

    class Meta:
        verbose_name = "période"
        verbose_name_plural = "calendrier"
        ordering = ["campagne", "debut", "fin"]
        constraints = [
            models.UniqueConstraint(
                fields=["campagne", "nature"],
                name="periode_unique",
                violation_error_message="Cette période figure déjà dans le calendrier.",
            ),
            models.CheckConstraint(
                name="periode_dans_l_ordre",
                condition=Q(debut__isnull=True) | Q(fin__isnull=True) | Q(fin__gte=F("debut")),
                violation_error_message="La fin de la période précède son début.",
            ),
        ]

    def __str__(self) -> str:
        return LIBELLES[Nature(self.nature)] if self.nature else "période"

    @property
    def bornes(self) -> Bornes:
        return Bornes(self.debut, self.fin)


class Vacances(models.Model):
    """Vacances scolaires de la campagne, jours compris."""

    # Les vacances appartiennent au calendrier de leur campagne.
    campagne = models.ForeignKey(Campagne, verbose_name="campagne", on_delete=models.CASCADE, related_name="vacances")
    libelle = models.CharField("libellé", max_length=60)
    debut = models.DateField("du")
    fin = models.DateField("au (inclus)")

    class Meta:
        verbose_name = "vacances scolaires"
        verbose_name_plural = "vacances scolaires"
        ordering = ["debut"]
        constraints = [
            models.CheckConstraint(
                name="vacances_dans_l_ordre",
                condition=Q(fin__gte=F("debut")),
                violation_error_message="La fin des vacances précède leur début.",
            )
        ]

    def __str__(self) -> str:
        return self.libelle

    def contient(self, jour: date) -> bool:
        return self.debut <= jour <= self.fin
