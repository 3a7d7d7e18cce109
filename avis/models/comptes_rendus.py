"""Le compte-rendu d'un entretien et ses avis d'accueil (R27 à R30)."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from avis.rules import LIBELLES, LONGUEUR_DU_RENVOI, EtatCompteRendu
from candidatures.models import Candidature, FormationDemandee
from referentiel.models import Campagne, choix
from referentiel.rules.jeu import LONGUEUR_COMPTE_RENDU


def choix_des_etats() -> list[tuple[str, str]]:
    return [(etat.value, libelle) for etat, libelle in LIBELLES.items()]


def avis_accueil_visibles(campagne: Campagne, compte_rendu: "CompteRendu | None", le: datetime) -> bool:
    """Vrai si l'établissement d'origine voit ce compte-rendu et ses avis à l'instant `le` (R30).

    Toute page, tout document, tout courriel du côté de l'origine passe par cette réponse, ou par sa jumelle
    `CompteRendu.objects.visibles_a_l_origine`.
    """
    return bool(compte_rendu and compte_rendu.est_transmis and campagne.montre_les_avis_d_accueil(le))


class CompteRenduQuerySet(models.QuerySet):
    def transmis(self) -> "CompteRenduQuerySet":
        return self.filter(etat=EtatCompteRendu.TRANSMIS)

    def de_la_campagne(self, campagne: Campagne) -> "CompteRenduQuerySet":
        return self.filter(candidature__domaine__campagne=campagne)

    def visibles_a_l_origine(self, campagne: Campagne, le: datetime) -> "CompteRenduQuerySet":
        """Comptes-rendus que les établissements d'origine voient à l'instant `le` (R30)."""
        return self.de_la_campagne(campagne).transmis() if campagne.montre_les_avis_d_accueil(le) else self.none()


class CompteRendu(models.Model):
    """Texte de l'établissement d'accueil pour tout le domaine (R27)."""

    # Le compte-rendu garde sa candidature.
    candidature = models.OneToOneField(
        Candidature, verbose_name="candidature", on_delete=models.PROTECT, related_name="compte_rendu"
    )
    texte = models.TextField("compte-rendu", max_length=LONGUEUR_COMPTE_RENDU, blank=True)
    etat = models.CharField("état", max_length=10, choices=choix_des_etats, default=EtatCompteRendu.BROUILLON)
    version = models.PositiveIntegerField(default=0, editable=False)
    # Qui a rédigé ou transmis se désactive, ne s'efface pas.
    redige_par = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    redige_le = models.DateTimeField("rédigé le")
    transmis_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    transmis_le = models.DateTimeField("transmis le", null=True, blank=True)
    corrige_le = models.DateTimeField("corrigé le", null=True, blank=True)
    soumis_par = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="envoyé à la relecture par",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    soumis_le = models.DateTimeField("envoyé à la relecture le", null=True, blank=True)
    renvoi = models.TextField("message de la relecture", max_length=LONGUEUR_DU_RENVOI, blank=True)
    renvoye_par = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="renvoyé par",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    renvoye_le = models.DateTimeField("renvoyé le", null=True, blank=True)

    objects = CompteRenduQuerySet.as_manager()

    class Meta:
        verbose_name = "compte-rendu"
        verbose_name_plural = "comptes-rendus"
        constraints = [
            models.CheckConstraint(
                name="compte_rendu_transmis_complet",
                condition=Q(etat__in=["brouillon", "a_relire"])
                | (Q(transmis_le__isnull=False, transmis_par__isnull=False) & ~Q(texte="")),
                violation_error_message="Un compte-rendu transmis a un texte, une date et un auteur.",
            ),
            models.CheckConstraint(
                name="compte_rendu_longueur",
                condition=LessThanOrEqual(Length("texte"), LONGUEUR_COMPTE_RENDU),
                violation_error_message=f"Le compte-rendu compte {LONGUEUR_COMPTE_RENDU} caractères au plus.",
            ),
            models.CheckConstraint(
                name="compte_rendu_a_relire_soumis",
                condition=~Q(etat="a_relire") | Q(soumis_par__isnull=False, soumis_le__isnull=False),
                violation_error_message="Un compte-rendu à relire dit qui l’a soumis, et quand.",
            ),
            models.CheckConstraint(
                name="compte_rendu_renvoi_signe",
                condition=Q(renvoi="") | Q(renvoye_par__isnull=False, renvoye_le__isnull=False),
                violation_error_message="Un compte-rendu renvoyé dit par qui, et quand.",
            ),
            models.CheckConstraint(
                name="compte_rendu_renvoi_longueur",
                condition=LessThanOrEqual(Length("renvoi"), LONGUEUR_DU_RENVOI),
                violation_error_message=f"Le message compte {LONGUEUR_DU_RENVOI} caractères au plus.",
            ),
        ]

    def __str__(self) -> str:
        return f"Compte-rendu – {self.candidature}"

    @property
    def est_transmis(self) -> bool:
        return self.etat == EtatCompteRendu.TRANSMIS

    @property
    def est_a_relire(self) -> bool:
        return self.etat == EtatCompteRendu.A_RELIRE

    @property
    def rendu_le(self) -> datetime | None:
        """Date de la version en vigueur : la dernière correction, sinon la transmission."""
        return self.corrige_le or self.transmis_le


class AvisAccueil(models.Model):
    """Avis de l'établissement d'accueil sur une formation (R27)."""

    # L'avis appartient au compte-rendu.
    compte_rendu = models.ForeignKey(CompteRendu, on_delete=models.CASCADE, related_name="avis")
    # Une formation qui a reçu un avis reste dans la candidature.
    formation_demandee = models.OneToOneField(FormationDemandee, on_delete=models.PROTECT, related_name="avis_accueil")
    valeur = models.CharField("avis", max_length=20, choices=choix.avis_rendus)

    class Meta:
        verbose_name = "avis d’accueil"
        verbose_name_plural = "avis d’accueil"

    def __str__(self) -> str:
        return f"{self.get_valeur_display()} – {self.formation_demandee}"
