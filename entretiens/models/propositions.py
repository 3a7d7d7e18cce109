"""Les propositions de planning : ce que le calcul donne, ce qu'on y ajuste, et ce qui est tenu d'ici là (R22)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from referentiel.models import Campagne
from referentiel.models.codes import nouveau_code

# Temps pendant lequel les créneaux retenus ne se donnent pas à la main, après le dernier geste.
DUREE_DE_LA_TENUE = timedelta(minutes=30)


class PropositionQuerySet(models.QuerySet):
    def de_l_accueil(self, campagne: Campagne, etablissement_id: int) -> "PropositionQuerySet":
        return self.filter(campagne=campagne, etablissement=etablissement_id)

    def preparees(self) -> "PropositionQuerySet":
        return self.filter(etat=Proposition.Etat.PREPAREE)

    def tenues(self, le: datetime) -> "PropositionQuerySet":
        """Celles dont les créneaux sont tenus : en préparation, touchées depuis moins de trente minutes."""
        return self.preparees().filter(modifiee_le__gt=le - DUREE_DE_LA_TENUE)


class Proposition(models.Model):
    """Un planning proposé, que l'on regarde et ajuste avant de le confirmer d'un seul geste (R22).

    Rien n'y est planifié : elle ne devient des entretiens qu'à sa confirmation, et n'a plus de lignes ensuite.
    """

    class Etat(models.TextChoices):
        PREPAREE = "preparee", "En préparation"
        CONFIRMEE = "confirmee", "Confirmée"
        ABANDONNEE = "abandonnee", "Abandonnée"
        REMPLACEE = "remplacee", "Remplacée"

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # Un établissement ne s'efface pas tant qu'il a préparé des plannings.
    etablissement = models.ForeignKey("referentiel.Etablissement", on_delete=models.PROTECT, related_name="+")
    # Une campagne ne s'efface pas tant qu'on y a préparé des plannings.
    campagne = models.ForeignKey(Campagne, on_delete=models.PROTECT, related_name="+")
    # Qui la prépare se désactive, ne s'efface pas.
    par = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="préparée par",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    etat = models.CharField("état", max_length=10, choices=Etat.choices, default=Etat.PREPAREE)
    commencee_le = models.DateTimeField("commencée le")
    modifiee_le = models.DateTimeField("modifiée le")
    version = models.PositiveIntegerField("version", default=1)
    finie_le = models.DateTimeField("finie le", null=True, blank=True)
    # Les convocations qu'elle a fait partir ; aucune si elle est confirmée sans envoi.
    envoi = models.ForeignKey(
        "entretiens.Envoi", null=True, blank=True, on_delete=models.PROTECT, related_name="propositions"
    )
    planifies = models.PositiveIntegerField("entretiens planifiés", default=0)
    regrouper = models.BooleanField("regrouper les élèves d’un même établissement", default=True)
    tenir_le_preavis = models.BooleanField("laisser le temps de remettre la convocation", default=True)
    eviter_deux_heures = models.BooleanField("éviter un autre entretien dans les deux heures", default=True)
    menager_les_lointains = models.BooleanField("commencer plus tard pour les élèves éloignés", default=False)

    objects = PropositionQuerySet.as_manager()

    class Meta:
        verbose_name = "proposition de planning"
        verbose_name_plural = "propositions de planning"
        ordering = ["-commencee_le", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="proposition_finie_datee",
                condition=Q(etat="preparee", finie_le__isnull=True) | (~Q(etat="preparee") & Q(finie_le__isnull=False)),
                violation_error_message="Une proposition finie porte sa date, et elle seule.",
            ),
            models.CheckConstraint(
                name="proposition_confirmee_seule_planifie",
                condition=Q(etat="confirmee") | Q(envoi__isnull=True, planifies=0),
                violation_error_message="Seule une proposition confirmée planifie et convoque.",
            ),
            models.CheckConstraint(
                name="proposition_modifiee_apres_son_debut",
                condition=Q(modifiee_le__gte=F("commencee_le")),
                violation_error_message="Une proposition ne se modifie pas avant d’être commencée.",
            ),
        ]

    def __str__(self) -> str:
        return f"Proposition {self.code}"

    @property
    def est_preparee(self) -> bool:
        return self.etat == self.Etat.PREPAREE

    @property
    def est_confirmee(self) -> bool:
        return self.etat == self.Etat.CONFIRMEE

    @property
    def tenue_jusqu_a(self) -> datetime:
        return self.modifiee_le + DUREE_DE_LA_TENUE

    def est_tenue(self, le: datetime) -> bool:
        """Vrai si ses créneaux ne se donnent pas à la main à cet instant."""
        return self.est_preparee and le < self.tenue_jusqu_a


class DomainePropose(models.Model):
    """Un domaine dont une proposition en préparation dispose ; la ligne disparaît quand la proposition finit."""

    proposition = models.ForeignKey(Proposition, on_delete=models.CASCADE, related_name="domaines")
    # Un accueil retiré du catalogue n'a plus rien à planifier.
    accueil = models.ForeignKey("referentiel.Accueil", on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = "domaine proposé"
        verbose_name_plural = "domaines proposés"
        ordering = ["accueil"]
        constraints = [
            models.UniqueConstraint(
                fields=["accueil"],
                name="proposition_une_par_domaine",
                violation_error_message="Une proposition de planning est déjà en préparation pour ce domaine.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.proposition} – {self.accueil}"


class LigneDeProposition(models.Model):
    """Un élève de la proposition, et le créneau qu'elle lui donne ; aucun s'il attend."""

    proposition = models.ForeignKey(Proposition, on_delete=models.CASCADE, related_name="lignes")
    # La ligne disparaît avec la candidature.
    candidature = models.ForeignKey("candidatures.Candidature", on_delete=models.CASCADE, related_name="+")
    # Un créneau supprimé laisse l'élève sans place : la page le dit.
    creneau = models.ForeignKey(
        "entretiens.Creneau", null=True, blank=True, on_delete=models.SET_NULL, related_name="proposes"
    )
    choisie = models.BooleanField("choisie à la main", default=False)
    pourquoi = models.CharField("pourquoi ce créneau", max_length=300, blank=True)
    raison = models.CharField("pourquoi aucun", max_length=300, blank=True)
    remarques = models.CharField("à savoir avant de confirmer", max_length=300, blank=True)

    class Meta:
        verbose_name = "ligne de proposition"
        verbose_name_plural = "lignes de proposition"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["proposition", "candidature"],
                name="proposition_un_creneau_par_candidature",
                violation_error_message="Cet élève est déjà dans la proposition.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidature} – {self.creneau or 'sans créneau'}"
