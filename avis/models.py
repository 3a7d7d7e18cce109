"""Compte-rendu, avis d'accueil, fiche récapitulative, suite donnée dans AFFELNET (R27 à R34)."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from avis.codes import code_de_la_fiche
from avis.rules import LIBELLES, LONGUEUR_DU_RENVOI, EtatCompteRendu
from candidatures.models import Candidature, Eleve, FormationDemandee
from courriers.models import Courriel
from referentiel.models import Campagne, Etablissement, choix
from referentiel.models.codes import nouveau_code
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


class SaisieGroupee(models.Model):
    """Un même geste fait d'un coup pour plusieurs entretiens, qui s'annule pendant quelques minutes (écran A13)."""

    class Nature(models.TextChoices):
        ABSENCES = "absences", "Absences enregistrées"
        SANS_AVIS = "sans_avis", "Ne se prononce pas"

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # Un établissement ne disparaît pas tant qu'il a une campagne.
    etablissement = models.ForeignKey(Etablissement, on_delete=models.PROTECT, related_name="+")
    # Une campagne ne s'efface pas tant qu'elle a des comptes-rendus.
    campagne = models.ForeignKey(Campagne, on_delete=models.PROTECT, related_name="+")
    nature = models.CharField("nature", max_length=10, choices=Nature)
    # Qui a saisi ou annulé se désactive, ne s'efface pas.
    par = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    le = models.DateTimeField("le")
    annulee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    annulee_le = models.DateTimeField("annulée le", null=True, blank=True)

    class Meta:
        verbose_name = "saisie groupée"
        verbose_name_plural = "saisies groupées"
        ordering = ["-le", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="saisie_groupee_annulation_entiere",
                condition=Q(annulee_le__isnull=True, annulee_par__isnull=True)
                | Q(annulee_le__isnull=False, annulee_par__isnull=False),
                violation_error_message="Une saisie annulée dit par qui, et quand.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_nature_display()} – {self.le:%d/%m/%Y}"


class LigneGroupee(models.Model):
    """Une candidature d'une saisie groupée, et ce qu'elle était avant : ce que l'annulation rétablit."""

    saisie = models.ForeignKey(SaisieGroupee, on_delete=models.CASCADE, related_name="lignes")
    # La ligne disparaît avec le dossier de l'élève.
    candidature = models.ForeignKey(Candidature, on_delete=models.CASCADE, related_name="+")
    avant = models.JSONField("avant", default=dict)
    version = models.PositiveIntegerField("version du compte-rendu", default=0)

    class Meta:
        verbose_name = "ligne d’une saisie groupée"
        verbose_name_plural = "lignes d’une saisie groupée"
        constraints = [
            models.UniqueConstraint(
                fields=["saisie", "candidature"],
                name="saisie_groupee_une_fois_par_candidature",
                violation_error_message="Cette candidature est déjà dans la saisie.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.candidature} – {self.saisie}"


class Fiche(models.Model):
    """Une version de la fiche récapitulative, remise à l'élève (R32). Son code se calcule : `avis.codes`."""

    # La fiche disparaît avec le dossier de l'élève.
    eleve = models.ForeignKey(Eleve, verbose_name="élève", on_delete=models.CASCADE, related_name="fiches")
    empreinte = models.CharField("empreinte du contenu", max_length=64)
    remise_le = models.DateTimeField("remise le")

    class Meta:
        verbose_name = "fiche récapitulative"
        verbose_name_plural = "fiches récapitulatives"
        ordering = ["-remise_le", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["eleve", "empreinte"],
                name="fiche_version_unique",
                violation_error_message="Cette version de la fiche est déjà remise.",
            )
        ]

    def __str__(self) -> str:
        return f"Fiche de {self.eleve}"

    @property
    def code(self) -> str:
        return code_de_la_fiche(self.eleve.code, self.empreinte)


class SuiteAffelnet(models.Model):
    """Confirmation de la famille et saisie du vœu dans AFFELNET (R33)."""

    # La suite appartient à la formation demandée.
    formation_demandee = models.OneToOneField(
        FormationDemandee, on_delete=models.CASCADE, related_name="suite_affelnet"
    )
    confirmee_le = models.DateTimeField("confirmée par la famille le", null=True, blank=True)
    voeu_saisi_le = models.DateTimeField("vœu saisi le", null=True, blank=True)

    class Meta:
        verbose_name = "suite dans AFFELNET"
        verbose_name_plural = "suites dans AFFELNET"
        constraints = [
            models.CheckConstraint(
                name="voeu_apres_confirmation",
                condition=Q(voeu_saisi_le__isnull=True) | Q(confirmee_le__isnull=False),
                violation_error_message="Un vœu n’est saisi qu’après la confirmation de la famille.",
            )
        ]

    def __str__(self) -> str:
        return f"Suite de {self.formation_demandee}"


class ExportAffelnet(models.Model):
    """Un export vers AFFELNET, gardé tel qu'il a été remis (R34)."""

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # Une campagne ne s'efface pas tant qu'elle a des exports.
    campagne = models.ForeignKey(Campagne, on_delete=models.PROTECT, related_name="exports_affelnet")
    # Qui a exporté se désactive, ne s'efface pas.
    par = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    le = models.DateTimeField("le")
    contenu = models.BinaryField("fichier CSV")
    lignes = models.PositiveIntegerField("lignes")
    ecartees = models.PositiveIntegerField("formations écartées", default=0)
    empreinte = models.CharField("empreinte", max_length=64)

    class Meta:
        verbose_name = "export AFFELNET"
        verbose_name_plural = "exports AFFELNET"
        ordering = ["-le", "-pk"]

    def __str__(self) -> str:
        return f"Export du {self.le:%d/%m/%Y}"


class RelanceQuerySet(models.QuerySet):
    def maintenues(self) -> "RelanceQuerySet":
        """Relances parties ou qui partiront : celles que le SAIO n'a pas retenues à temps."""
        return self.filter(rappelee_le__isnull=True)


class Relance(models.Model):
    """Un rappel du SAIO à un établissement d'accueil : qui, quand, de quoi (écran S4)."""

    class Motif(models.TextChoices):
        COMPTES_RENDUS = "comptes_rendus", "Comptes-rendus en retard"
        CONVOCATIONS = "convocations", "Élèves sans convocation"

    # Les relances d'une même sélection partent et se retiennent ensemble.
    envoi = models.CharField("envoi", max_length=8, db_index=True, editable=False)
    # Une campagne ne s'efface pas tant qu'elle a des relances.
    campagne = models.ForeignKey(Campagne, on_delete=models.PROTECT, related_name="relances")
    # Un établissement relancé ne s'efface pas.
    etablissement = models.ForeignKey("referentiel.Etablissement", on_delete=models.PROTECT, related_name="relances")
    motif = models.CharField("motif", max_length=16, choices=Motif.choices)
    nombre = models.PositiveIntegerField("nombre")
    depuis = models.DateField("le plus ancien")
    # Qui a relancé se désactive, ne s'efface pas.
    par = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    le = models.DateTimeField("le")
    part_le = models.DateTimeField("part le")
    rappelee_le = models.DateTimeField("retenue le", null=True, blank=True)
    # La relance reste quand son courriel est effacé.
    courriel = models.OneToOneField(
        Courriel, null=True, blank=True, on_delete=models.SET_NULL, related_name="relance", editable=False
    )

    objects = RelanceQuerySet.as_manager()

    class Meta:
        verbose_name = "relance"
        verbose_name_plural = "relances"
        ordering = ["-le", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["envoi", "etablissement"],
                name="relance_une_par_envoi",
                violation_error_message="Cet établissement est déjà dans cet envoi.",
            ),
            models.CheckConstraint(
                name="relance_de_quelque_chose",
                condition=Q(nombre__gte=1),
                violation_error_message="Une relance porte sur un retard au moins.",
            ),
            models.CheckConstraint(
                name="relance_retenue_avant_son_depart",
                condition=Q(rappelee_le__isnull=True) | Q(rappelee_le__lt=F("part_le")),
                violation_error_message="Une relance se retient avant son départ.",
            ),
        ]
        indexes = [models.Index(fields=["campagne", "etablissement", "-le"], name="relance_par_etablissement")]

    def __str__(self) -> str:
        return f"{self.get_motif_display()} – {self.etablissement}"
