"""Demander l'accès à un établissement, quand un guichet dit qui l'on est et que Passpro ne connaît pas (écran C1)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from referentiel.models.codes import nouveau_code
from referentiel.models.etablissements import Etablissement


class DemandeDAccesQuerySet(models.QuerySet):
    def a_traiter(self) -> "DemandeDAccesQuerySet":
        """Celles à qui personne n'a répondu, la plus ancienne d'abord."""
        return self.filter(etat=DemandeDAcces.Etat.EN_ATTENTE).order_by("demandee_le", "pk")


class DemandeDAcces(models.Model):
    """Une personne que l'académie a reconnue demande une place dans un établissement (R38)."""

    class Etat(models.TextChoices):
        EN_ATTENTE = "en_attente", "À traiter"
        ACCEPTEE = "acceptee", "Acceptée"
        REFUSEE = "refusee", "Refusée"

    code = models.CharField("code", max_length=8, unique=True, default=nouveau_code, editable=False)
    # La demande n'a plus d'objet sans l'établissement.
    etablissement = models.ForeignKey(
        Etablissement, verbose_name="établissement", on_delete=models.CASCADE, related_name="demandes_d_acces"
    )
    emetteur = models.CharField("guichet", max_length=200)
    sujet = models.CharField("identifiant chez le guichet", max_length=254)
    courriel = models.EmailField("courriel professionnel")
    prenom = models.CharField("prénom", max_length=80, blank=True)
    nom = models.CharField("nom", max_length=80)
    fonction = models.CharField("fonction", max_length=80, blank=True)
    message = models.CharField("message", max_length=500, blank=True)
    etat = models.CharField("état", max_length=10, choices=Etat.choices, default=Etat.EN_ATTENTE)
    demandee_le = models.DateTimeField("demandée le")
    decidee_le = models.DateTimeField("décidée le", null=True, blank=True)
    # Qui a décidé se désactive, ne s'efface pas.
    decidee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="décidée par",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    motif = models.CharField("raison du refus", max_length=500, blank=True)

    objects = DemandeDAccesQuerySet.as_manager()

    class Meta:
        verbose_name = "demande d’accès"
        verbose_name_plural = "demandes d’accès"
        ordering = ["demandee_le", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["emetteur", "sujet", "etablissement"],
                condition=Q(etat="en_attente"),
                name="demande_d_acces_une_en_attente",
                violation_error_message="Cette personne a déjà demandé l’accès à cet établissement.",
            ),
            models.CheckConstraint(
                name="demande_d_acces_decidee",
                condition=Q(etat="en_attente", decidee_le__isnull=True)
                | (Q(decidee_le__isnull=False) & ~Q(etat="en_attente")),
                violation_error_message="Une demande décidée porte la date de sa décision.",
            ),
            models.CheckConstraint(
                name="demande_d_acces_refus_motive",
                condition=~Q(etat="refusee") | ~Q(motif=""),
                violation_error_message="Un refus se motive.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.nom_affiche} – {self.etablissement}"

    @property
    def nom_affiche(self) -> str:
        return f"{self.prenom} {self.nom}".strip()
