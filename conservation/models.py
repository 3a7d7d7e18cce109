"""Ce que Passpro garde de la conservation elle-même : reports, avertissements, anonymisations, effacements (R40)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from candidatures.models import Eleve
from referentiel.models import Campagne

LONGUEUR_DU_MOTIF = 300


class Report(models.Model):
    """Un contentieux ou un contrôle demande de garder une campagne au-delà de sa durée."""

    # Une campagne ne s'efface pas tant que sa conservation a une histoire.
    campagne = models.ForeignKey(Campagne, verbose_name="campagne", on_delete=models.PROTECT, related_name="reports")
    jusqu_au = models.DateField("gardée jusqu’au")
    motif = models.CharField("motif", max_length=LONGUEUR_DU_MOTIF)
    # Qui a reporté se désactive, ne s'efface pas.
    par = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    le = models.DateTimeField("décidé le")

    class Meta:
        verbose_name = "report d’anonymisation"
        verbose_name_plural = "reports d’anonymisation"
        ordering = ["-le", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="report_motive",
                condition=~Q(motif=""),
                violation_error_message="Un report a un motif.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.campagne}, jusqu’au {self.jusqu_au:%d/%m/%Y}"


class Avertissement(models.Model):
    """Le SAIO a été averti du terme d'une campagne : sans cette ligne, rien n'est anonymisé."""

    class Nature(models.TextChoices):
        PREAVIS = "preavis", "Trente jours avant"
        RAPPEL = "rappel", "Sept jours avant"

    # L'avertissement n'a de sens qu'avec sa campagne.
    campagne = models.ForeignKey(Campagne, on_delete=models.PROTECT, related_name="avertissements")
    terme = models.DateField("terme annoncé")
    nature = models.CharField("nature", max_length=8, choices=Nature.choices)
    le = models.DateTimeField("averti le")

    class Meta:
        verbose_name = "avertissement d’anonymisation"
        verbose_name_plural = "avertissements d’anonymisation"
        ordering = ["le", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campagne", "terme", "nature"],
                name="avertissement_une_fois",
                violation_error_message="Cet avertissement est déjà parti.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.campagne}, {self.get_nature_display().lower()}"


class Anonymisation(models.Model):
    """L'anonymisation d'une campagne : où elle en est, puis ce qu'elle a fait.

    `etape` et `curseur` avancent avec chaque lot, dans sa transaction : tuée, elle reprend là où elle en était. `cle`
    remplace les textes sans les rendre devinables ; elle s'efface à la fin.
    """

    # Le compte rendu se garde avec la campagne.
    campagne = models.OneToOneField(Campagne, on_delete=models.PROTECT, related_name="anonymisation")
    terme = models.DateField("terme de la conservation")
    etape = models.CharField("étape", max_length=40, blank=True)
    curseur = models.BigIntegerField("dernière ligne faite", default=0)
    cle = models.CharField(max_length=64, blank=True, editable=False)
    comptes = models.JSONField("lignes traitées", default=dict)
    commencee_le = models.DateTimeField("commencée le")
    finie_le = models.DateTimeField("finie le", null=True, blank=True)

    class Meta:
        verbose_name = "anonymisation"
        verbose_name_plural = "anonymisations"
        constraints = [
            models.CheckConstraint(
                name="anonymisation_finie_sans_cle",
                condition=Q(finie_le__isnull=True) | Q(cle=""),
                violation_error_message="Une anonymisation finie n’a plus de clé.",
            )
        ]

    def __str__(self) -> str:
        return f"Anonymisation – {self.campagne}"


class Effacement(models.Model):
    """Un élève effacé à sa demande : qui l'a décidé, quand, pourquoi ; jamais qui il était.

    `courriels` : ceux qui le nomment et attendaient encore de partir ; leur contenu s'efface après leur envoi.
    """

    # La ligne anonymisée de l'élève reste, pour les chiffres.
    eleve = models.OneToOneField(Eleve, on_delete=models.PROTECT, related_name="effacement")
    motif = models.CharField("motif", max_length=LONGUEUR_DU_MOTIF)
    comptes = models.JSONField("lignes traitées", default=dict)
    courriels = models.JSONField("courriels à effacer après leur envoi", default=list)
    # Qui a effacé se désactive, ne s'efface pas.
    par = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    le = models.DateTimeField("effacé le")

    class Meta:
        verbose_name = "effacement d’un élève"
        verbose_name_plural = "effacements d’élèves"
        ordering = ["-le", "-pk"]

    def __str__(self) -> str:
        return f"Effacement du {self.le:%d/%m/%Y}"
