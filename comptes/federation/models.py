"""Le lien d'une personne avec le guichet qui la connaît."""

from django.conf import settings
from django.db import models


class IdentiteFederee(models.Model):
    """Comment un guichet nomme une personne ; une seule fois par guichet (R38)."""

    # Le lien disparaît avec le compte qu'il ouvre.
    personne = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="personne", on_delete=models.CASCADE, related_name="identites"
    )
    emetteur = models.CharField("guichet", max_length=200)
    sujet = models.CharField("identifiant chez le guichet", max_length=254)
    liee_le = models.DateTimeField("liée le")

    class Meta:
        app_label = "comptes"
        verbose_name = "identité d’un guichet"
        verbose_name_plural = "identités des guichets"
        constraints = [
            models.UniqueConstraint(
                fields=["emetteur", "sujet"],
                name="identite_federee_un_sujet",
                violation_error_message="Cet identifiant est déjà celui d’un autre compte.",
            ),
            models.UniqueConstraint(
                fields=["personne", "emetteur"],
                name="identite_federee_une_par_guichet",
                violation_error_message="Ce compte a déjà une identité chez ce guichet.",
            ),
        ]

    def __str__(self) -> str:
        return self.emetteur
