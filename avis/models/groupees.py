"""Un même geste pour plusieurs entretiens, qui s'annule un temps (écran A13)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from candidatures.models import Candidature
from referentiel.models import Campagne, Etablissement
from referentiel.models.codes import nouveau_code


class SaisieGroupee(models.Model):
    """Un même geste fait d'un coup pour plusieurs entretiens, qui s'annule pendant quelques minutes (écran A13)."""

    class Nature(models.TextChoices):
        ABSENCES = "absences", "Absences enregistrées"
        SANS_AVIS = "sans_avis", "Ne se prononce pas"

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # Un établissement ne disparaît pas tant qu'il a une campagne.
    etablissement = models.ForeignKey(Etablissement, on_delete=models.PROTECT, related_name="+")
    # Une campagne ne s'efface pas tant qu'elle a des comptes-rendus.
    campagne = models.ForeignKey(Campagne, on_delete=models.PROTECT, related_name="+")
    nature = models.CharField("nature", max_length=10, choices=Nature)
    # Qui a saisi ou annulé se désactive, ne s'efface pas.
    par = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    le = models.DateTimeField("le")
    annulee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    annulee_le = models.DateTimeField("annulée le", null=True, blank=True)

    class Meta:
        verbose_name = "saisie groupée"
        verbose_name_plural = "saisies groupées"
        ordering = ["-le", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="saisie_groupee_annulation_entiere",
                condition=Q(annulee_le__isnull=True, annulee_par__isnull=True)
                | Q(annulee_le__isnull=False, annulee_par__isnull=False),
                violation_error_message="Une saisie annulée dit par qui, et quand.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_nature_display()} – {self.le:%d/%m/%Y}"


class LigneGroupee(models.Model):
    """Une candidature d'une saisie groupée, et ce qu'elle était avant : ce que l'annulation rétablit."""

    saisie = models.ForeignKey(SaisieGroupee, on_delete=models.CASCADE, related_name="lignes")
    # La ligne disparaît avec le dossier de l'élève.
    candidature = models.ForeignKey(Candidature, on_delete=models.CASCADE, related_name="+")
    avant = models.JSONField("avant", default=dict)
    version = models.PositiveIntegerField("version du compte-rendu", default=0)

    class Meta:
        verbose_name = "ligne d’une saisie groupée"
        verbose_name_plural = "lignes d’une saisie groupée"
        constraints = [
            models.UniqueConstraint(
                fields=["saisie", "candidature"],
                name="saisie_groupee_une_fois_par_candidature",
                violation_error_message="Cette candidature est déjà dans la saisie.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.candidature} – {self.saisie}"
