"""Ce qui se prépare avant de s'appliquer, et ce qui se fait hors de la page : imports, travaux longs, contrôles."""

from django.conf import settings
from django.db import models

from referentiel.models.campagnes import Campagne
from referentiel.models.codes import nouveau_code
from referentiel.models.etablissements import Academie, Etablissement


class Importation(models.Model):
    """Un fichier lu, montré, puis appliqué d'un bloc ou abandonné (R9, R13).

    Le fichier n'est pas gardé. `lignes` ne contient que les colonnes utiles ; elles s'effacent dès que l'import
    est appliqué ou abandonné, au plus tard à `expire_le`. Restent la correspondance des colonnes et le compte rendu.
    """

    class Nature(models.TextChoices):
        ETABLISSEMENTS = "etablissements", "Établissements"
        CATALOGUE = "catalogue", "Catalogue"
        ELEVES = "eleves", "Élèves"

    class Etat(models.TextChoices):
        COLONNES = "colonnes", "Colonnes à reconnaître"
        VERIFICATION = "verification", "À vérifier"
        APPLIQUEE = "appliquee", "Appliqué"
        ABANDONNEE = "abandonnee", "Abandonné"

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    nature = models.CharField("nature", max_length=16, choices=Nature.choices)
    etat = models.CharField("état", max_length=12, choices=Etat.choices, default=Etat.COLONNES)
    # L'import appartient à l'académie, à la campagne ou à l'établissement où il se fait.
    academie = models.ForeignKey(Academie, on_delete=models.CASCADE, related_name="importations")
    campagne = models.ForeignKey(Campagne, null=True, blank=True, on_delete=models.CASCADE, related_name="importations")
    etablissement = models.ForeignKey(
        Etablissement, null=True, blank=True, on_delete=models.CASCADE, related_name="importations"
    )
    # Qui a importé se désactive, ne s'efface pas.
    par = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    nom_du_fichier = models.CharField("fichier", max_length=120, blank=True)
    entetes = models.JSONField("en-têtes du fichier", default=list)
    correspondance = models.JSONField("correspondance des colonnes", default=dict)
    lignes = models.JSONField("lignes lues", default=list)
    rapport = models.JSONField("compte rendu", default=dict)
    cree_le = models.DateTimeField("déposé le")
    expire_le = models.DateTimeField("effacé au plus tard le")
    applique_le = models.DateTimeField("appliqué le", null=True, blank=True)

    class Meta:
        verbose_name = "import"
        verbose_name_plural = "imports"
        ordering = ["-cree_le"]
        indexes = [models.Index(fields=["etablissement", "nature", "-cree_le"], name="importation_par_lieu")]
        constraints = [
            models.CheckConstraint(
                name="importation_effacee_apres_usage",
                condition=models.Q(etat__in=["colonnes", "verification"]) | models.Q(lignes=[]),
                violation_error_message="Les lignes d’un import terminé sont effacées.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_nature_display()}, {self.cree_le:%d/%m/%Y}"


class TravailQuerySet(models.QuerySet):
    def demandes_de(
        self, *, origine: frozenset[int], accueil: frozenset[int], academies: frozenset[int]
    ) -> "TravailQuerySet":
        """Travaux demandés des espaces de ces établissements, chacun de son côté, ou de ces académies elles-mêmes."""
        return self.filter(
            models.Q(demande__cote="origine", etablissement__in=origine)
            | models.Q(demande__cote="accueil", etablissement__in=accueil)
            | models.Q(etablissement__isnull=True, academie__in=academies)
        )


class Travail(models.Model):
    """Un document ou un export préparé en tâche de fond, à retrouver sur sa page (écran C5, R32).

    `demande` dit quoi préparer, dans les termes de l'application qui s'en charge ; le fichier s'efface à `expire_le`.
    """

    class Etat(models.TextChoices):
        EN_FILE = "en_file", "En attente"
        EN_COURS = "en_cours", "En préparation"
        PRET = "pret", "Prêt"
        ARRETE = "arrete", "Arrêté"

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    nature = models.CharField("nature", max_length=40)
    titre = models.CharField("titre", max_length=160)
    demande = models.JSONField("demande", default=dict)
    etat = models.CharField("état", max_length=10, choices=Etat.choices, default=Etat.EN_FILE)
    # Le travail appartient à l'établissement ou à l'académie au nom desquels il est demandé.
    academie = models.ForeignKey(Academie, on_delete=models.CASCADE, related_name="travaux")
    campagne = models.ForeignKey(Campagne, on_delete=models.CASCADE, related_name="travaux")
    etablissement = models.ForeignKey(
        Etablissement, null=True, blank=True, on_delete=models.CASCADE, related_name="travaux"
    )
    # Qui a demandé se désactive, ne s'efface pas.
    par = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    fait = models.PositiveIntegerField("fait", default=0)
    total = models.PositiveIntegerField("en tout", default=0)
    erreurs = models.JSONField("erreurs", default=list)
    fichier = models.FileField("fichier", upload_to="travaux/", blank=True)
    nom_du_fichier = models.CharField("nom du fichier", max_length=120, blank=True)
    taille = models.PositiveBigIntegerField("octets", default=0)
    pages = models.PositiveIntegerField("pages", default=0)
    demande_le = models.DateTimeField("demandé le")
    vu_le = models.DateTimeField("dernier signe de l’ouvrier", null=True, blank=True)
    fini_le = models.DateTimeField("fini le", null=True, blank=True)
    expire_le = models.DateTimeField("effacé le", null=True, blank=True)

    objects = TravailQuerySet.as_manager()

    class Meta:
        verbose_name = "travail"
        verbose_name_plural = "travaux"
        ordering = ["-demande_le"]
        indexes = [
            models.Index(fields=["etablissement", "-demande_le"], name="travail_par_lieu"),
            models.Index(
                fields=["demande_le"], name="travail_en_attente", condition=models.Q(etat__in=["en_file", "en_cours"])
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="travail_dans_son_total",
                condition=models.Q(fait__lte=models.F("total")),
                violation_error_message="Un travail ne dépasse pas son total.",
            )
        ]

    def __str__(self) -> str:
        return self.titre


class ControleQuerySet(models.QuerySet):
    def dernier_en_defaut(self) -> "Controle | None":
        """Dernier contrôle, s'il a trouvé quelque chose."""
        dernier = self.order_by("-jour").first()
        return dernier if dernier and dernier.ecarts else None


class Controle(models.Model):
    """La recherche, chaque nuit, des états impossibles : un par jour, le dernier fait foi (F12).

    `ecarts` : une phrase par invariant contredit, avec des codes d'objets, sans nom ni texte de personne.
    """

    jour = models.DateField("jour", unique=True)
    le = models.DateTimeField("le")
    invariants = models.PositiveSmallIntegerField("invariants vérifiés")
    ecarts = models.JSONField("écarts", default=list, blank=True)

    objects = ControleQuerySet.as_manager()

    class Meta:
        verbose_name = "contrôle de la base"
        verbose_name_plural = "contrôles de la base"
        ordering = ["-jour"]

    def __str__(self) -> str:
        return f"Contrôle du {self.jour:%d/%m/%Y}"


class Battement(models.Model):
    """La dernière fois que l'atelier d'une file a répondu à l'horloge : toutes les machines le lisent."""

    file = models.CharField("file", max_length=20, unique=True)
    le = models.DateTimeField("le")

    class Meta:
        verbose_name = "battement de l’horloge"
        verbose_name_plural = "battements de l’horloge"
        ordering = ["file"]

    def __str__(self) -> str:
        return self.file
