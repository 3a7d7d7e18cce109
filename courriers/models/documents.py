"""Les documents rendus, et ceux qui attendent de l'être : un cache, que l'on peut vider à tout moment."""

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

# Aucun document ne se rend en plus de dix secondes : un atelier qui se tait une minute ne vit plus.
SILENCE_DE_L_ATELIER = timedelta(seconds=60)
# Une base restaurée sans ses fichiers se rattrape au premier rendu. Au-delà, l'atelier et le serveur web ne rangent pas
# au même endroit : rendre encore n'y changerait rien.
RENDUS_PERDUS = 2


class DocumentQuerySet(models.QuerySet):
    def en_file(self) -> "DocumentQuerySet":
        """Documents à rendre, le plus ancien d'abord."""
        return self.filter(etat=Document.Etat.EN_FILE).order_by("demande_le", "pk")

    def valables(self, le: datetime) -> "DocumentQuerySet":
        return self.filter(expire_le__gt=le)

    def perdus(self) -> "DocumentQuerySet":
        """Ceux dont le fichier manque après chaque rendu."""
        return self.filter(introuvable__gt=RENDUS_PERDUS)

    def perimes(self, le: datetime) -> "DocumentQuerySet":
        return self.filter(expire_le__lte=le)


class Document(models.Model):
    """Un document PDF, nommé par l'empreinte de tout ce qui le fait (F6, F9, R40).

    La ligne ne donne aucun droit : la page qui demande le document vérifie chaque fois qui le demande, puis compose ce
    qui doit s'y lire, dont l'empreinte désigne la ligne. `html` ne se garde que le temps d'attendre l'atelier.
    """

    class Etat(models.TextChoices):
        EN_FILE = "en_file", "En attente"
        PRET = "pret", "Prêt"
        REFUSE = "refuse", "Refusé"

    cle = models.CharField("empreinte de ce qui le fait", max_length=64, unique=True)
    html = models.TextField("ce qui reste à rendre", blank=True)
    # Aucune clé étrangère : cette application ne connaît pas les élèves ; effacer l'un d'eux efface ses documents.
    eleves = ArrayField(models.BigIntegerField(), verbose_name="clés des élèves nommés", default=list, blank=True)
    etat = models.CharField("état", max_length=8, choices=Etat.choices, default=Etat.EN_FILE)
    fichier = models.FileField("fichier", upload_to="documents/", blank=True)
    # Fois où le serveur web n'a pas trouvé le fichier que l'atelier a rangé.
    introuvable = models.PositiveSmallIntegerField("fichier introuvable", default=0, db_default=0)
    demande_le = models.DateTimeField("demandé le")
    fini_le = models.DateTimeField("rendu ou refusé le", null=True, blank=True)
    expire_le = models.DateTimeField("effacé le")

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = "document rendu"
        verbose_name_plural = "documents rendus"
        indexes = [
            models.Index(fields=["demande_le", "id"], name="document_en_file", condition=Q(etat="en_file")),
            models.Index(fields=["expire_le"], name="document_par_terme"),
            models.Index(fields=["fini_le"], name="document_par_fin"),
            GinIndex(fields=["eleves"], name="document_par_eleve"),
        ]
        constraints = [
            models.CheckConstraint(
                name="document_fini_sans_texte",
                condition=Q(etat="en_file", fini_le__isnull=True) | Q(html="", fini_le__isnull=False),
                violation_error_message="Un document rendu ou refusé ne garde plus son texte.",
            ),
            models.CheckConstraint(
                name="document_pret_avec_son_fichier",
                condition=Q(etat="pret") & ~Q(fichier="") | ~Q(etat="pret") & Q(fichier=""),
                violation_error_message="Un document est prêt quand il a son fichier.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_etat_display()}, {self.cle[:8]}"

    @property
    def est_perdu(self) -> bool:
        return self.introuvable > RENDUS_PERDUS

    @property
    def devant(self) -> int:
        """Documents qui passent avant lui."""
        avant = Q(demande_le__lt=self.demande_le) | Q(demande_le=self.demande_le, pk__lt=self.pk)
        return Document.objects.en_file().filter(avant).count()

    def est_laisse(self, le: datetime) -> bool:
        """Vrai s'il attend sans qu'aucun document se rende : l'atelier est arrêté."""
        depuis = le - SILENCE_DE_L_ATELIER
        return (
            self.etat == Document.Etat.EN_FILE
            and self.demande_le < depuis
            and not Document.objects.filter(fini_le__gte=depuis).exists()
        )
