"""Les annonces du SAIO (écran S11)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from referentiel.models.textes import valider_les_reperes

LONGUEUR_D_UNE_ANNONCE = 1000


class Annonce(models.Model):
    """Annonce du SAIO à certains publics, montrée entre deux instants (écran S11)."""

    class Public(models.TextChoices):
        ORIGINE = "origine", "Établissements d’origine"
        ACCUEIL = "accueil", "Établissements d’accueil"
        ACADEMIE = "academie", "Académie"
        PAGES_PUBLIQUES = "publique", "Pages publiques"

    # Les annonces appartiennent à leur campagne.
    campagne = models.ForeignKey(
        "referentiel.Campagne", verbose_name="campagne", on_delete=models.CASCADE, related_name="annonces"
    )
    titre = models.CharField("titre", max_length=120, validators=[valider_les_reperes])
    texte = models.TextField(
        "texte",
        max_length=LONGUEUR_D_UNE_ANNONCE,
        help_text="Texte simple\u00a0; les adresses en https:// deviennent des liens.",
        validators=[valider_les_reperes],
    )
    publics = ArrayField(
        models.CharField(max_length=10, choices=Public.choices),
        verbose_name="pour",
        default=list,
        blank=True,
        help_text="Aucune case\u00a0: tout le monde.",
    )
    departements = ArrayField(
        models.CharField(max_length=3),
        verbose_name="départements",
        default=list,
        blank=True,
        help_text="Aucune case\u00a0: toute l’académie.",
    )
    du = models.DateTimeField("en ligne à partir du")
    au = models.DateTimeField("jusqu’au")
    importante = models.BooleanField("importante", default=False)

    class Meta:
        verbose_name = "annonce"
        verbose_name_plural = "annonces"
        ordering = ["-du"]
        constraints = [
            models.CheckConstraint(
                name="annonce_dans_l_ordre",
                condition=Q(au__gt=F("du")),
                violation_error_message="La fin de l’annonce précède son début.",
            ),
            models.CheckConstraint(
                name="annonce_longueur",
                condition=LessThanOrEqual(Length("texte"), LONGUEUR_D_UNE_ANNONCE),
                violation_error_message=f"Une annonce compte {LONGUEUR_D_UNE_ANNONCE} caractères au plus.",
            ),
        ]

    def __str__(self) -> str:
        return self.titre
