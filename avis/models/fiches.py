"""Les fiches récapitulatives remises (R32)."""

from django.db import models

from avis.codes import code_de_la_fiche
from candidatures.models import Eleve


class Fiche(models.Model):
    """Une version de la fiche récapitulative, remise à l'élève (R32). Son code se calcule : `avis.codes`."""

    # La fiche disparaît avec le dossier de l'élève.
    eleve = models.ForeignKey(Eleve, verbose_name="élève", on_delete=models.CASCADE, related_name="fiches")
    empreinte = models.CharField("empreinte du contenu", max_length=64)
    remise_le = models.DateTimeField("remise le")

    class Meta:
        verbose_name = "fiche récapitulative"
        verbose_name_plural = "fiches récapitulatives"
        ordering = ["-remise_le", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["eleve", "empreinte"],
                name="fiche_version_unique",
                violation_error_message="Cette version de la fiche est déjà remise.",
            )
        ]

    def __str__(self) -> str:
        return f"Fiche de {self.eleve}"

    @property
    def code(self) -> str:
        return code_de_la_fiche(self.eleve.code, self.empreinte)
