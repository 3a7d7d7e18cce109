"""Ce qui est annoncé d'un entretien, et les envois qui le portent (R25)."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import F

from candidatures.models import Candidature
from courriers.models import Courriel
from entretiens.rules.etats import LIBELLES_NATURES, NatureConvocation
from referentiel.models import Campagne
from referentiel.models.codes import nouveau_code
from referentiel.rules.dates import dire_instant


def choix_des_natures() -> list[tuple[str, str]]:
    return [(nature.value, libelle) for nature, libelle in LIBELLES_NATURES.items()]


class Envoi(models.Model):
    """Une confirmation : les convocations qui partent ensemble, rappelables un temps (R25)."""

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # Un établissement ne s'efface pas tant qu'il a envoyé des convocations.
    etablissement = models.ForeignKey("referentiel.Etablissement", on_delete=models.PROTECT, related_name="envois")
    # Une campagne ne s'efface pas tant qu'elle a des envois.
    campagne = models.ForeignKey(Campagne, on_delete=models.PROTECT, related_name="envois")
    # Qui a envoyé se désactive, ne s'efface pas.
    par = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    le = models.DateTimeField("confirmé le")
    part_le = models.DateTimeField("part le")
    rappele_le = models.DateTimeField("rappelé le", null=True, blank=True)

    class Meta:
        verbose_name = "envoi de convocations"
        verbose_name_plural = "envois de convocations"
        ordering = ["-le", "-pk"]

    def __str__(self) -> str:
        return f"Envoi du {dire_instant(self.le)}"


class ConvocationQuerySet(models.QuerySet):
    def en_vigueur(self) -> "ConvocationQuerySet":
        """Dernière version annoncée de chaque entretien."""
        return self.filter(sequence=F("entretien__sequence"), envoi__rappele_le__isnull=True)

    def de_l_origine(self, campagne: Campagne, etablissement_id: int) -> "ConvocationQuerySet":
        return self.filter(
            entretien__candidature__domaine__campagne=campagne,
            entretien__candidature__eleve__etablissement=etablissement_id,
        )

    def de_l_accueil(self, campagne: Campagne, etablissement_id: int) -> "ConvocationQuerySet":
        return self.filter(envoi__campagne=campagne, envoi__etablissement=etablissement_id)

    def parties(self, le: datetime) -> "ConvocationQuerySet":
        """Convocations qui ne peuvent plus être rappelées : l'origine les voit (R25)."""
        return self.filter(envoi__part_le__lte=le, envoi__rappele_le__isnull=True)

    def avec_document(self) -> "ConvocationQuerySet":
        """Tout ce qu'une convocation dit, en trois requêtes quel que soit leur nombre."""
        candidatures = Candidature.objects.avec_formations().select_related("eleve__etablissement", "domaine")
        return self.select_related(
            "envoi__campagne__regles",
            "envoi__etablissement__academie",
            "entretien__creneau__seance__accueil__etablissement",
        ).prefetch_related(models.Prefetch("entretien__candidature", queryset=candidatures))


class Convocation(models.Model):
    """Une version de ce qui est annoncé d'un entretien ; elle garde l'heure et le lieu annoncés (R25)."""

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # Une convocation annoncée reste liée à son entretien.
    entretien = models.ForeignKey(
        "entretiens.Entretien", verbose_name="entretien", on_delete=models.PROTECT, related_name="convocations"
    )
    # Une convocation part dans un envoi.
    envoi = models.ForeignKey(Envoi, verbose_name="envoi", on_delete=models.PROTECT, related_name="convocations")
    nature = models.CharField("nature", max_length=14, choices=choix_des_natures, default=NatureConvocation.INITIALE)
    sequence = models.PositiveIntegerField("version")
    periode = DateTimeRangeField("heure annoncée")
    lieu = models.CharField("lieu annoncé", max_length=400)
    remplace = DateTimeRangeField("heure remplacée", null=True, blank=True)
    # Les courriels qui la portent : messagerie fonctionnelle et personne référente.
    courriels = models.ManyToManyField(Courriel, related_name="convocations")
    remise_le = models.DateTimeField("remise à l’élève le", null=True, blank=True)

    objects = ConvocationQuerySet.as_manager()

    class Meta:
        verbose_name = "convocation"
        verbose_name_plural = "convocations"
        ordering = ["periode", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entretien", "sequence"],
                name="convocation_version_unique",
                violation_error_message="Cette version a déjà été annoncée.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_nature_display()} – {dire_instant(self.periode.lower)}"

    @property
    def est_annulee(self) -> bool:
        return self.nature == NatureConvocation.ANNULATION

    @property
    def est_modifiee(self) -> bool:
        return self.nature == NatureConvocation.MODIFICATION
