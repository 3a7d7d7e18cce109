"""Ce qu'un lycée garde d'une campagne à l'autre pour recevoir : jurys, salles, réglages de ses séries (R22)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from comptes.ordre import cle_alphabetique
from referentiel.models import Accueil
from referentiel.models.codes import nouveau_code


class JuryQuerySet(models.QuerySet):
    def en_service(self) -> "JuryQuerySet":
        """Jurys que l'on propose encore ; un jury retiré garde ses séances."""
        return self.filter(actif=True)


class Jury(models.Model):
    """Les personnes qui mènent les entretiens d'un établissement."""

    # Un jury appartient à son établissement.
    etablissement = models.ForeignKey(
        "referentiel.Etablissement",
        verbose_name="établissement",
        on_delete=models.CASCADE,
        related_name="jurys",
    )
    nom = models.CharField("nom", max_length=60)
    cle = cle_alphabetique("nom")
    membres = models.CharField("membres", max_length=300, blank=True)
    # Ceux d'entre eux qui ont un compte dans l'établissement : leur place partie, le jury reste.
    equipe = models.ManyToManyField(
        "referentiel.Rattachement", verbose_name="comptes de ses membres", related_name="jurys", blank=True
    )
    salle = models.CharField("salle habituelle", max_length=80, blank=True)
    # Par leur adresse, qui reste la même d'une campagne à l'autre : un jury n'est pas d'une campagne.
    domaines = ArrayField(
        models.SlugField(max_length=140),
        verbose_name="domaines",
        default=list,
        blank=True,
        help_text="Vide\u00a0: tous les domaines.",
    )
    actif = models.BooleanField("en service", default=True)

    objects = JuryQuerySet.as_manager()

    class Meta:
        verbose_name = "jury"
        verbose_name_plural = "jurys"
        ordering = ["cle"]
        constraints = [
            models.UniqueConstraint(
                fields=["etablissement", "nom"],
                name="jury_unique",
                violation_error_message="Ce jury existe déjà.",
            )
        ]

    def __str__(self) -> str:
        return self.nom


class Salle(models.Model):
    """Une salle ou un point de rendez-vous que les formulaires proposent.

    Une séance garde le nom écrit, pas la salle : retirer une salle de la liste ne change aucune séance.
    """

    # Une salle appartient à son établissement.
    etablissement = models.ForeignKey(
        "referentiel.Etablissement",
        verbose_name="établissement",
        on_delete=models.CASCADE,
        related_name="salles",
    )
    nom = models.CharField("nom", max_length=80)
    cle = cle_alphabetique("nom")
    places = models.PositiveSmallIntegerField("places", null=True, blank=True)

    class Meta:
        verbose_name = "salle"
        verbose_name_plural = "salles"
        ordering = ["cle"]
        constraints = [
            models.UniqueConstraint(
                "etablissement",
                Lower("nom"),
                name="salle_unique",
                violation_error_message="Cette salle est déjà dans la liste.",
            ),
            models.CheckConstraint(
                name="salle_nommee", condition=~models.Q(nom=""), violation_error_message="Donnez un nom à la salle."
            ),
        ]

    def __str__(self) -> str:
        return self.nom


class SerieDeCreneaux(models.Model):
    """Les séances ouvertes d'un même geste, et les réglages qui les ont données, pour les reprendre."""

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # Un accueil ne s'efface pas tant qu'il a des séries.
    accueil = models.ForeignKey(Accueil, verbose_name="accueil", on_delete=models.PROTECT, related_name="series")
    reglages = models.JSONField("réglages", default=dict)
    creee_le = models.DateTimeField("créée le")

    class Meta:
        verbose_name = "série de créneaux"
        verbose_name_plural = "séries de créneaux"
        ordering = ["-creee_le", "-pk"]

    def __str__(self) -> str:
        return f"Série {self.code}"
