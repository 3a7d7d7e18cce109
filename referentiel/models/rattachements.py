"""Qui travaille où : la place d'une personne dans un établissement ou au SAIO (R36)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from referentiel.models.etablissements import Academie, Etablissement


class Rattachement(models.Model):
    """Une place, et les droits qui vont avec."""

    class Role(models.TextChoices):
        CHEF = "chef", "Chef d’établissement"
        GESTIONNAIRE = "gestionnaire", "Gestionnaire"
        SAIO = "saio", "Administration du SAIO"
        OBSERVATEUR = "observateur", "Observation"

    # La place disparaît avec le compte ou l'établissement qu'elle relie.
    personne = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="personne",
        on_delete=models.CASCADE,
        related_name="rattachements",
    )
    role = models.CharField("rôle", max_length=12, choices=Role.choices)
    fonction = models.CharField(
        "fonction", max_length=80, blank=True, help_text="Par exemple «\u00a0principale adjointe\u00a0»."
    )
    etablissement = models.ForeignKey(
        Etablissement,
        verbose_name="établissement",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="rattachements",
    )
    academie = models.ForeignKey(
        Academie,
        verbose_name="académie",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="rattachements",
    )
    departement = models.CharField("département observé", max_length=3, blank=True)
    origine = models.BooleanField("côté origine", default=False)
    accueil = models.BooleanField("côté accueil", default=False)
    saisit_les_avis = models.BooleanField(
        "saisit les avis et commentaires au nom du chef d’établissement", default=False
    )
    valide_les_comptes_rendus = models.BooleanField(
        "transmet les comptes-rendus au nom du chef d’établissement", default=False
    )
    tient_l_offre = models.BooleanField(
        "tient l’offre, les lieux et les consignes au nom du chef d’établissement", default=False
    )

    # Le guichet de l'académie qui donne cette place, et la retire ; vide pour une place donnée dans Passpro.
    guichet = models.CharField("guichet", max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = "rattachement"
        verbose_name_plural = "rattachements"
        constraints = [
            models.CheckConstraint(
                name="rattachement_au_bon_endroit",
                condition=(
                    Q(role__in=["chef", "gestionnaire"], etablissement__isnull=False, academie__isnull=True)
                    & (Q(origine=True) | Q(accueil=True))
                )
                | Q(role="saio", academie__isnull=False, etablissement__isnull=True)
                | (Q(role="observateur", academie__isnull=False, etablissement__isnull=True) & ~Q(departement="")),
                violation_error_message=(
                    "Chef et gestionnaire ont un établissement et un côté (origine, accueil ou les deux)\u00a0; "
                    "le SAIO a une académie\u00a0; l’observation a une académie et un département."
                ),
            ),
            models.UniqueConstraint(
                fields=["personne", "etablissement"],
                name="rattachement_un_par_etablissement",
                violation_error_message="Cette personne a déjà une place dans cet établissement.",
            ),
            models.UniqueConstraint(
                fields=["personne", "academie", "role", "departement"],
                name="rattachement_un_par_academie",
                violation_error_message="Cette personne a déjà cette place dans l’académie.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.personne} – {self.get_role_display()} – {self.etablissement or self.academie}"

    @property
    def libelle(self) -> str:
        return self.fonction or self.get_role_display()
