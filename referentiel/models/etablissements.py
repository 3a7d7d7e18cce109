"""Académies et établissements."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from comptes.ordre import cle_alphabetique
from referentiel.rules.identifiants import cle_de_recherche, mettre_au_propre, pourquoi_pas_un_uai


def valider_uai(uai: str) -> None:
    if raison := pourquoi_pas_un_uai(uai):
        raise ValidationError(raison)


class Academie(models.Model):
    """Créteil, Paris, Versailles : une installation en sert plusieurs."""

    code = models.SlugField("code", max_length=20, unique=True)
    nom = models.CharField("nom", max_length=60, unique=True)
    departements = ArrayField(models.CharField(max_length=3), verbose_name="départements", default=list)
    contact_courriel = models.EmailField("courriel du SAIO", blank=True)
    contact_telephone = models.CharField("téléphone du SAIO", max_length=20, blank=True)

    class Meta:
        verbose_name = "académie"
        verbose_name_plural = "académies"
        ordering = ["nom"]

    def __str__(self) -> str:
        return self.nom

    @property
    def nom_complet(self) -> str:
        """« académie de Créteil »."""
        return f"académie de {self.nom}"

    @property
    def domaines_de_courriel(self) -> tuple[str, ...]:
        """Domaines des adresses académiques ; vide, toute adresse convient."""
        return tuple(settings.DOMAINES_ACADEMIQUES.get(self.code, "").lower().split())


class EtablissementQuerySet(models.QuerySet):
    def connu_sous(self, uai: str) -> "EtablissementQuerySet":
        """Établissement dont `uai` est le code ou l'un des alias."""
        propre = mettre_au_propre(uai)
        return self.filter(Q(uai=propre) | Q(alias__uai=propre)).distinct()

    def cherche(self, texte: str) -> "EtablissementQuerySet":
        return self.filter(recherche__contains=cle_de_recherche(texte)) if texte.strip() else self


class Etablissement(models.Model):
    """Un établissement, reconnu à son UAI (R10)."""

    uai = models.CharField("code UAI", max_length=8, unique=True, validators=[valider_uai])
    nom = models.CharField("nom", max_length=150)
    type = models.CharField("type", max_length=40)
    secteur = models.CharField("secteur", max_length=20, default="Public")
    contrat = models.CharField("contrat", max_length=60, blank=True)
    # Une académie ne disparaît pas tant qu'elle a des établissements.
    academie = models.ForeignKey(
        Academie, verbose_name="académie", on_delete=models.PROTECT, related_name="etablissements"
    )
    departement = models.CharField("département", max_length=3)
    adresse = models.CharField("adresse", max_length=200, blank=True)
    code_postal = models.CharField("code postal", max_length=5, blank=True)
    commune = models.CharField("commune", max_length=80)
    latitude = models.FloatField("latitude", null=True, blank=True)
    longitude = models.FloatField("longitude", null=True, blank=True)
    telephone = models.CharField("téléphone", max_length=20, blank=True)
    messagerie = models.EmailField("messagerie fonctionnelle", blank=True)
    chef = models.CharField(
        "chef d’établissement",
        max_length=120,
        blank=True,
        help_text="Signature des convocations, par exemple «\u00a0Mme Martin\u00a0».",
    )
    portes_ouvertes = models.CharField(
        "portes ouvertes et mini-stages",
        max_length=500,
        blank=True,
        help_text="Montré sur la page publique de l’établissement.",
    )
    relit_les_comptes_rendus = models.BooleanField(
        "le chef d’établissement relit les comptes-rendus",
        default=False,
        help_text="Côté accueil\u00a0: personne ne transmet seul ce qu’il a rédigé, sauf le chef d’établissement.",
    )
    recherche = models.CharField(max_length=300, editable=False, default="")
    cle = cle_alphabetique("nom")
    cle_de_commune = cle_alphabetique("commune")

    objects = EtablissementQuerySet.as_manager()

    class Meta:
        verbose_name = "établissement"
        verbose_name_plural = "établissements"
        ordering = ["cle", "cle_de_commune"]
        constraints = [
            models.CheckConstraint(
                name="etablissement_uai_forme",
                condition=Q(uai__regex=r"^[0-9]{7}[A-Z]$"),
                violation_error_message="Un code UAI compte 7 chiffres et une lettre.",
            )
        ]
        indexes = [
            GinIndex(fields=["recherche"], name="etablissement_recherche", opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return f"{self.nom_et_commune} ({self.uai})"

    def save(self, *args: object, **kwargs: object) -> None:
        self.uai = mettre_au_propre(self.uai)
        self.recherche = cle_de_recherche(self.nom, self.commune, self.uai)[:300]
        super().save(*args, **kwargs)

    def clean(self) -> None:
        self.uai = mettre_au_propre(self.uai)

    @property
    def point(self) -> tuple[float, float] | None:
        """Latitude et longitude, ou `None` si l'une manque."""
        if self.latitude is None or self.longitude is None:
            return None
        return self.latitude, self.longitude

    @property
    def nom_et_commune(self) -> str:
        """« Collège Jean-Moulin, Créteil »."""
        return f"{self.nom}, {self.commune}"

    @property
    def adresse_complete(self) -> str:
        """« 12 rue des Écoles, 94400 Vitry-sur-Seine »."""
        ville = f"{self.code_postal} {self.commune}".strip()
        return f"{self.adresse}, {ville}" if self.adresse else ville

    @property
    def segment(self) -> str:
        """UAI tel qu'il s'écrit dans une adresse : en minuscules."""
        return self.uai.lower()


class AliasUai(models.Model):
    """Autre UAI d'un établissement, par exemple celui de sa section d'enseignement professionnel."""

    uai = models.CharField("code UAI", max_length=8, unique=True, validators=[valider_uai])
    # L'alias n'a de sens qu'avec son établissement.
    etablissement = models.ForeignKey(
        Etablissement, verbose_name="établissement", on_delete=models.CASCADE, related_name="alias"
    )
    libelle = models.CharField("libellé", max_length=120, blank=True)

    class Meta:
        verbose_name = "alias d’UAI"
        verbose_name_plural = "alias d’UAI"
        ordering = ["uai"]

    def __str__(self) -> str:
        return self.uai
