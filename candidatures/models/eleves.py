"""Les élèves et leurs classes (R10 à R13)."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from candidatures.rules import LONGUEUR_D_UNE_CLE, NAISSANCE_EFFACEE, cle_d_un_eleve, dire_l_eleve
from referentiel.models import Campagne, Etablissement, Rattachement, choix
from referentiel.models.codes import nouveau_code
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.jeu import Niveau


class EleveQuerySet(models.QuerySet):
    def de_l_origine(self, campagne: Campagne, etablissement_id: int) -> "EleveQuerySet":
        return self.filter(campagne=campagne, etablissement=etablissement_id)

    def cherche(self, texte: str) -> "EleveQuerySet":
        """Élèves dont le nom ou le prénom contient `texte`, sans égard aux accents ni à la casse."""
        for mot in cle_de_recherche(texte).split():
            self = self.filter(cle__contains=mot)
        return self


class Eleve(models.Model):
    """Un élève de niveau 3e dans une campagne (R11, R12)."""

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # Une campagne ne s'efface pas tant qu'elle a des élèves.
    campagne = models.ForeignKey(Campagne, verbose_name="campagne", on_delete=models.PROTECT, related_name="eleves")
    # Un établissement ne s'efface pas tant qu'il a des élèves.
    etablissement = models.ForeignKey(
        Etablissement, verbose_name="établissement d’origine", on_delete=models.PROTECT, related_name="eleves"
    )
    ine = models.CharField("INE", max_length=11, blank=True)
    nom = models.CharField("nom", max_length=80)
    prenom = models.CharField("prénom", max_length=80)
    date_de_naissance = models.DateField("date de naissance")
    classe = models.CharField("classe", max_length=30)
    niveau = models.CharField("niveau", max_length=20, choices=choix.niveaux, default=Niveau.TROISIEME)
    mef = models.CharField("MEF", max_length=11, blank=True)
    referent_nom = models.CharField("personne référente", max_length=120, blank=True)
    referent_courriel = models.EmailField("courriel de la personne référente", blank=True)
    cle = models.CharField(max_length=LONGUEUR_D_UNE_CLE, editable=False)
    cree_le = models.DateTimeField("ajouté le", auto_now_add=True)

    objects = EleveQuerySet.as_manager()

    class Meta:
        verbose_name = "élève"
        verbose_name_plural = "élèves"
        ordering = ["cle", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campagne", "ine"],
                condition=~Q(ine=""),
                name="eleve_ine_unique",
                violation_error_message="Cet INE est déjà inscrit dans la campagne.",
            ),
            models.CheckConstraint(
                name="eleve_ine_forme",
                condition=Q(ine="") | Q(ine__regex=r"^[0-9A-Z]{11}$"),
                violation_error_message="Un INE compte 11 caractères.",
            ),
        ]
        indexes = [
            models.Index(fields=["etablissement", "campagne", "cle", "id"], name="eleve_liste"),
            models.Index(fields=["etablissement", "campagne", "classe", "cle"], name="eleve_par_classe"),
            # La campagne d'abord : chercher un nom ne coûte pas plus quand d'autres académies en ont d'autres.
            GinIndex(
                fields=["campagne", "cle"], name="eleve_recherche_de_campagne", opclasses=["int8_ops", "gin_trgm_ops"]
            ),
        ]

    def __str__(self) -> str:
        return self.nom_affiche

    def save(self, *args: object, **kwargs: object) -> None:
        self.cle = cle_d_un_eleve(self.nom, self.prenom)
        super().save(*args, **kwargs)

    @property
    def nom_affiche(self) -> str:
        """« DIALLO Yanis »."""
        return dire_l_eleve(self.nom, self.prenom)

    @property
    def est_efface(self) -> bool:
        """Vrai d'un élève dont les données ont été effacées, à sa demande ou avec sa campagne (R40)."""
        return self.date_de_naissance == NAISSANCE_EFFACEE

    @property
    def initiales(self) -> str:
        """« Y. D. », pour les agendas partagés."""
        return f"{self.prenom[:1]}. {self.nom[:1]}.".upper()

    @property
    def ine_masque(self) -> str:
        return f"•••••••{self.ine[-4:]}" if self.ine else ""


class Classe(models.Model):
    """Une classe d'un établissement d'origine, et l'adulte qui suit ses élèves par défaut (écran O16)."""

    # La classe n'existe que dans sa campagne et son établissement.
    campagne = models.ForeignKey(Campagne, on_delete=models.CASCADE, related_name="classes")
    etablissement = models.ForeignKey(Etablissement, on_delete=models.CASCADE, related_name="classes")
    nom = models.CharField("classe", max_length=30)
    # Une place retirée laisse la classe sans professeur principal.
    professeur_principal = models.ForeignKey(
        Rattachement,
        verbose_name="professeur principal",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="classes",
    )
    referent_nom = models.CharField("personne référente", max_length=120, blank=True)
    referent_courriel = models.EmailField("courriel de la personne référente", blank=True)

    class Meta:
        verbose_name = "classe"
        verbose_name_plural = "classes"
        ordering = ["nom"]
        constraints = [
            models.UniqueConstraint(
                fields=["campagne", "etablissement", "nom"],
                name="classe_unique",
                violation_error_message="Cette classe existe déjà.",
            )
        ]

    def __str__(self) -> str:
        return self.nom
