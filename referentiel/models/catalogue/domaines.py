"""Les domaines d'un catalogue et leurs formations (R7)."""

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils.text import slugify

from comptes.ordre import cle_alphabetique
from referentiel.models import choix
from referentiel.models.campagnes import Campagne
from referentiel.models.codes import nouveau_code
from referentiel.models.textes import valider_un_lien
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.jeu import Modalite

LONGUEUR_DE_LA_PRESENTATION = 2000
LONGUEUR_DES_METIERS = 1000


class Domaine(models.Model):
    """Groupe de formations pour lesquelles un seul entretien est passé."""

    # Le catalogue appartient à sa campagne.
    campagne = models.ForeignKey(Campagne, verbose_name="campagne", on_delete=models.CASCADE, related_name="domaines")
    nom = models.CharField("nom", max_length=120)
    slug = models.SlugField("adresse", max_length=140)
    modalite = models.CharField(
        "modalité proposée par défaut", max_length=12, choices=choix.modalites, default=Modalite.INDIVIDUEL
    )
    cle = cle_alphabetique("nom")

    class Meta:
        verbose_name = "domaine"
        verbose_name_plural = "domaines"
        ordering = ["cle"]
        constraints = [
            models.UniqueConstraint(
                fields=["campagne", "nom"],
                name="domaine_unique",
                violation_error_message="Ce domaine figure déjà au catalogue.",
            ),
            models.UniqueConstraint(fields=["campagne", "slug"], name="domaine_slug_unique"),
        ]

    def __str__(self) -> str:
        return self.nom

    def save(self, *args: object, **kwargs: object) -> None:
        self.slug = self.slug or slugify(self.nom)[:140] or nouveau_code()
        super().save(*args, **kwargs)


class Formation(models.Model):
    """Une formation d'un domaine (R7)."""

    class Type(models.TextChoices):
        CAP = "cap", "CAP"
        CAP_AGRICOLE = "cap_agricole", "CAP agricole"
        SECONDE_PRO = "2de_pro", "2de professionnelle"
        SECONDE_PRO_AGRICOLE = "2de_pro_agricole", "2de professionnelle agricole"

    # Une formation disparaît avec son domaine ; une candidature l'en empêche.
    domaine = models.ForeignKey(Domaine, verbose_name="domaine", on_delete=models.CASCADE, related_name="formations")
    type = models.CharField("type", max_length=20, choices=Type.choices)
    libelle = models.CharField("libellé", max_length=160)
    precision = models.CharField("précision", max_length=400, blank=True)
    mef = models.CharField("MEF", max_length=11, blank=True)
    onisep = models.URLField("fiche ONISEP", blank=True, validators=[valider_un_lien])
    presentation = models.TextField(
        "la formation",
        max_length=LONGUEUR_DE_LA_PRESENTATION,
        # Un import ne passe par aucun formulaire : sans validateur, un texte long y serait accepté.
        validators=[MaxLengthValidator(LONGUEUR_DE_LA_PRESENTATION)],
        blank=True,
        help_text="Prérequis, contenus, débouchés, poursuites d’études.",
    )
    metiers = models.TextField(
        "les métiers",
        max_length=LONGUEUR_DES_METIERS,
        blank=True,
        validators=[MaxLengthValidator(LONGUEUR_DES_METIERS)],
    )
    mots_cles = models.CharField(
        "mots-clés",
        max_length=300,
        blank=True,
        help_text="Autres mots qui la font trouver\u00a0: métiers, gestes, lieux.",
    )
    a_verifier = models.CharField(
        "à vérifier",
        max_length=200,
        blank=True,
        help_text="Ce qui reste à contrôler avant l’ouverture\u00a0; vide quand tout l’est.",
    )
    slug = models.SlugField("adresse", max_length=200)
    recherche = models.CharField(max_length=1000, editable=False, default="")
    cle = cle_alphabetique("libelle")

    class Meta:
        verbose_name = "formation"
        verbose_name_plural = "formations"
        ordering = ["domaine__cle", "type", "cle"]
        constraints = [
            models.UniqueConstraint(
                fields=["domaine", "type", "libelle"],
                name="formation_unique",
                violation_error_message="Cette formation figure déjà dans le domaine.",
            ),
            # Sert de cible à la clé composée qui lie une formation demandée au domaine de sa candidature.
            models.UniqueConstraint(fields=["id", "domaine"], name="formation_et_domaine"),
            models.CheckConstraint(
                name="formation_longueurs",
                condition=Q(LessThanOrEqual(Length("presentation"), LONGUEUR_DE_LA_PRESENTATION))
                & Q(LessThanOrEqual(Length("metiers"), LONGUEUR_DES_METIERS)),
                violation_error_message=(
                    f"La présentation d’une formation compte {LONGUEUR_DE_LA_PRESENTATION} caractères au plus, "
                    f"ses métiers {LONGUEUR_DES_METIERS}."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.intitule

    def save(self, *args: object, **kwargs: object) -> None:
        self.slug = self.slug or slugify(f"{self.get_type_display()} {self.libelle}")[:200]
        self.recherche = cle_de_recherche(self.intitule, self.precision, self.mots_cles)[:1000]
        super().save(*args, **kwargs)

    @property
    def intitule(self) -> str:
        """« CAP Cuisine »."""
        return dire_la_formation(self.type, self.libelle)


LIBELLES_DES_TYPES = dict(Formation.Type.choices)


def dire_la_formation(type_: str, libelle: str) -> str:
    """« CAP Cuisine »."""
    return f"{LIBELLES_DES_TYPES.get(type_, type_)} {libelle}"
