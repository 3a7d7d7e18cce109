"""Le catalogue d'une campagne : domaines, formations, accueils, offres (R7, R8)."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.text import slugify

from referentiel.models import choix
from referentiel.models.campagnes import Campagne
from referentiel.models.codes import nouveau_code
from referentiel.models.etablissements import Etablissement
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.jeu import LONGUEUR_CONSIGNES, Modalite


class Domaine(models.Model):
    """Groupe de formations pour lesquelles un seul entretien est passé."""

    # Le catalogue appartient à sa campagne.
    campagne = models.ForeignKey(Campagne, verbose_name="campagne", on_delete=models.CASCADE, related_name="domaines")
    nom = models.CharField("nom", max_length=120)
    slug = models.SlugField("adresse", max_length=140)
    modalite = models.CharField(
        "modalité proposée par défaut", max_length=12, choices=choix.modalites, default=Modalite.INDIVIDUEL
    )

    class Meta:
        verbose_name = "domaine"
        verbose_name_plural = "domaines"
        ordering = ["nom"]
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
        self.slug = self.slug or slugify(self.nom)
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
    onisep = models.URLField("fiche ONISEP", blank=True)
    presentation = models.TextField(
        "la formation", max_length=2000, blank=True, help_text="Prérequis, contenus, débouchés, poursuites d’études."
    )
    metiers = models.TextField("les métiers", max_length=1000, blank=True)
    mots_cles = models.CharField(
        "mots-clés", max_length=300, blank=True, help_text="Autres mots qui la font trouver : métiers, gestes, lieux."
    )
    a_verifier = models.CharField(
        "à vérifier",
        max_length=200,
        blank=True,
        help_text="Ce qui reste à contrôler avant l’ouverture ; vide quand tout l’est.",
    )
    slug = models.SlugField("adresse", max_length=200)
    recherche = models.CharField(max_length=1000, editable=False, default="")

    class Meta:
        verbose_name = "formation"
        verbose_name_plural = "formations"
        ordering = ["domaine__nom", "type", "libelle"]
        constraints = [
            models.UniqueConstraint(
                fields=["domaine", "type", "libelle"],
                name="formation_unique",
                violation_error_message="Cette formation figure déjà dans le domaine.",
            ),
            # Sert de cible à la clé composée qui lie une formation demandée au domaine de sa candidature.
            models.UniqueConstraint(fields=["id", "domaine"], name="formation_et_domaine"),
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
        return f"{self.get_type_display()} {self.libelle}"


class AccueilQuerySet(models.QuerySet):
    def de_la_campagne(self, campagne: Campagne) -> "AccueilQuerySet":
        return self.filter(domaine__campagne=campagne)


class Accueil(models.Model):
    """Le fait qu'un établissement reçoit pour un domaine, avec sa modalité et son contact."""

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # Un accueil appartient au catalogue ; une candidature empêche de l'effacer.
    domaine = models.ForeignKey(Domaine, verbose_name="domaine", on_delete=models.CASCADE, related_name="accueils")
    # Un établissement qui reçoit ne s'efface pas.
    etablissement = models.ForeignKey(
        Etablissement, verbose_name="établissement", on_delete=models.PROTECT, related_name="accueils"
    )
    modalite = models.CharField("modalité", max_length=12, choices=choix.modalites, default=Modalite.INDIVIDUEL)
    lieu = models.CharField(
        "lieu des entretiens", max_length=200, blank=True, help_text="Vide : l’adresse de l’établissement."
    )
    acces = models.CharField("accès", max_length=200, blank=True)
    contact_telephone = models.CharField("téléphone du contact", max_length=20, blank=True)
    contact_courriel = models.EmailField("courriel du contact", blank=True)
    consignes = models.CharField("consignes sur la convocation", max_length=LONGUEUR_CONSIGNES, blank=True)
    verifie_le = models.DateTimeField(
        "vérifié le", null=True, blank=True, help_text="Quand l’établissement a confirmé son offre pour cette campagne."
    )

    objects = AccueilQuerySet.as_manager()

    class Meta:
        verbose_name = "accueil"
        verbose_name_plural = "accueils"
        ordering = ["domaine__nom", "etablissement__nom"]
        constraints = [
            models.UniqueConstraint(
                fields=["domaine", "etablissement"],
                name="accueil_unique",
                violation_error_message="Cet établissement reçoit déjà pour ce domaine.",
            ),
            # Sert de cible à la clé composée qui lie une candidature au domaine de son accueil.
            models.UniqueConstraint(fields=["id", "domaine"], name="accueil_et_domaine"),
            # Sert de cible à la clé composée qui lie une séance à l'établissement de son accueil.
            models.UniqueConstraint(fields=["id", "etablissement"], name="accueil_et_etablissement"),
        ]

    def __str__(self) -> str:
        return f"{self.domaine} – {self.etablissement.nom_et_commune}"

    @property
    def lieu_complet(self) -> str:
        return self.lieu or self.etablissement.adresse_complete

    @property
    def telephone(self) -> str:
        return self.contact_telephone or self.etablissement.telephone


class OffreQuerySet(models.QuerySet):
    def demandables(self) -> "OffreQuerySet":
        """Offres qui peuvent être demandées dans une candidature (R8)."""
        return self.filter(hors_passpro=False)

    def du_catalogue(self, campagne: Campagne) -> "OffreQuerySet":
        """Offres de `campagne`, chacune avec sa `rencontre` : la modalité de l'accueil du domaine dans cet
        établissement, « ailleurs » s'il n'y reçoit pas, « hors_passpro » (R7, R8).
        """
        accueil = Accueil.objects.filter(
            domaine=models.OuterRef("formation__domaine"), etablissement=models.OuterRef("etablissement")
        )
        rencontre = models.Case(
            models.When(hors_passpro=True, then=models.Value("hors_passpro")),
            default=Coalesce(models.Subquery(accueil.values("modalite")), models.Value("ailleurs")),
        )
        return (
            self.filter(formation__domaine__campagne=campagne)
            .annotate(rencontre=rencontre)
            .select_related("formation__domaine", "etablissement")
            .order_by("formation__libelle", "formation__type", "etablissement__commune", "etablissement__nom", "pk")
        )

    def retenues(self, filtres: Mapping[str, Any]) -> "OffreQuerySet":
        """Offres du catalogue que `filtres` retient : q, domaine, departement, type, modalite (R9)."""
        champs = {
            "domaine": "formation__domaine__slug",
            "departement": "etablissement__departement__in",
            "type": "formation__type__in",
            "modalite": "rencontre__in",
        }
        offres = self.filter(**{champ: filtres[nom] for nom, champ in champs.items() if filtres.get(nom)})
        return offres.cherche(filtres.get("q", ""))

    def cherche(self, texte: str) -> "OffreQuerySet":
        """Offres dont la formation, le domaine, l'établissement ou la commune contient chaque mot de `texte`.

        Sans égard aux accents, à la casse ni au pluriel.
        """
        for mot in cle_de_recherche(texte).split():
            racine = mot.rstrip("sx") if len(mot) > 3 else mot
            self = self.filter(
                Q(formation__recherche__contains=racine)
                | Q(formation__domaine__slug__contains=racine)
                | Q(etablissement__recherche__contains=racine)
            )
        return self


class Offre(models.Model):
    """Une formation qu'un établissement d'accueil propose (R8)."""

    # L'offre appartient au catalogue.
    formation = models.ForeignKey(Formation, verbose_name="formation", on_delete=models.CASCADE, related_name="offres")
    # Un établissement qui a une offre ne s'efface pas.
    etablissement = models.ForeignKey(
        Etablissement, verbose_name="établissement", on_delete=models.PROTECT, related_name="offres"
    )
    hors_passpro = models.BooleanField("hors Passpro", default=False)
    presentation = models.CharField(
        "présentation", max_length=500, blank=True, help_text="Portes ouvertes, mini-stages, contact."
    )

    objects = OffreQuerySet.as_manager()

    class Meta:
        verbose_name = "offre"
        verbose_name_plural = "offres"
        ordering = ["formation", "etablissement__nom"]
        constraints = [
            models.UniqueConstraint(
                fields=["formation", "etablissement"],
                name="offre_unique",
                violation_error_message="Cet établissement propose déjà cette formation.",
            ),
            models.CheckConstraint(
                name="offre_hors_passpro_presentee",
                condition=Q(hors_passpro=False) | ~Q(presentation=""),
                violation_error_message="Une offre hors Passpro dit comment elle se présente aux élèves.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.formation} – {self.etablissement}"
