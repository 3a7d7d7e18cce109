"""Les rappels du SAIO aux établissements d'accueil (écran S4)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from courriers.models import Courriel
from referentiel.models import Campagne


class RelanceQuerySet(models.QuerySet):
    def maintenues(self) -> "RelanceQuerySet":
        """Relances parties ou qui partiront : celles que le SAIO n'a pas retenues à temps."""
        return self.filter(rappelee_le__isnull=True)


class Relance(models.Model):
    """Un rappel du SAIO à un établissement d'accueil : qui, quand, de quoi (écran S4)."""

    class Motif(models.TextChoices):
        COMPTES_RENDUS = "comptes_rendus", "Comptes-rendus en retard"
        CONVOCATIONS = "convocations", "Élèves sans convocation"

    # Les relances d'une même sélection partent et se retiennent ensemble.
    envoi = models.CharField("envoi", max_length=8, db_index=True, editable=False)
    # Une campagne ne s'efface pas tant qu'elle a des relances.
    campagne = models.ForeignKey(Campagne, on_delete=models.PROTECT, related_name="relances")
    # Un établissement relancé ne s'efface pas.
    etablissement = models.ForeignKey("referentiel.Etablissement", on_delete=models.PROTECT, related_name="relances")
    motif = models.CharField("motif", max_length=16, choices=Motif.choices)
    nombre = models.PositiveIntegerField("nombre")
    depuis = models.DateField("le plus ancien")
    # Qui a relancé se désactive, ne s'efface pas.
    par = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    le = models.DateTimeField("le")
    part_le = models.DateTimeField("part le")
    rappelee_le = models.DateTimeField("retenue le", null=True, blank=True)
    # La relance reste quand son courriel est effacé.
    courriel = models.OneToOneField(
        Courriel, null=True, blank=True, on_delete=models.SET_NULL, related_name="relance", editable=False
    )

    objects = RelanceQuerySet.as_manager()

    class Meta:
        verbose_name = "relance"
        verbose_name_plural = "relances"
        ordering = ["-le", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["envoi", "etablissement"],
                name="relance_une_par_envoi",
                violation_error_message="Cet établissement est déjà dans cet envoi.",
            ),
            models.CheckConstraint(
                name="relance_de_quelque_chose",
                condition=Q(nombre__gte=1),
                violation_error_message="Une relance porte sur un retard au moins.",
            ),
            models.CheckConstraint(
                name="relance_retenue_avant_son_depart",
                condition=Q(rappelee_le__isnull=True) | Q(rappelee_le__lt=F("part_le")),
                violation_error_message="Une relance se retient avant son départ.",
            ),
        ]
        indexes = [models.Index(fields=["campagne", "etablissement", "-le"], name="relance_par_etablissement")]

    def __str__(self) -> str:
        return f"{self.get_motif_display()} – {self.etablissement}"
