"""Les demandes des établissements sans ARENA, et les liens qui les suivent (R21)."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from candidatures.models.eleves import Eleve
from comptes.jetons import empreinte_du_jeton
from referentiel.models import Campagne, Etablissement
from referentiel.models.codes import nouveau_code


class PreInscriptionQuerySet(models.QuerySet):
    def du_jeton(self, jeton: str, le: datetime) -> "PreInscriptionQuerySet":
        """Demande que ce jeton reprend, tant qu'il vaut."""
        return self.filter(jeton_empreinte=empreinte_du_jeton(jeton), expire_le__gt=le)

    def deposees(self) -> "PreInscriptionQuerySet":
        """Demandes parvenues au SAIO : rien n'y parvient avant que l'adresse soit confirmée."""
        return self.exclude(etat=PreInscription.Etat.A_CONFIRMER)

    def a_valider(self) -> "PreInscriptionQuerySet":
        return self.filter(etat=PreInscription.Etat.EN_ATTENTE)

    def suivies(self) -> "PreInscriptionQuerySet":
        """Demandes acceptées dont l'élève est toujours dans l'établissement qui l'a inscrit (R12, R37)."""
        return self.filter(etat=PreInscription.Etat.ACCEPTEE, eleve__etablissement=F("etablissement"))


class PreInscription(models.Model):
    """Demande d'un établissement sans accès ARENA, à valider par le SAIO (R21).

    `saisie` garde chaque étape sous son nom : « etablissement », « eleve », « choix », « avis ». Le jeton de la
    saisie et le code de vérification ne sont gardés que par leur empreinte.
    """

    class Etat(models.TextChoices):
        A_CONFIRMER = "a_confirmer", "Adresse à confirmer"
        EN_ATTENTE = "en_attente", "En attente de validation"
        A_COMPLETER = "a_completer", "Complément demandé"
        ACCEPTEE = "acceptee", "Acceptée"
        REFUSEE = "refusee", "Refusée"

    class Motif(models.TextChoices):
        NON_CONCERNE = "non_concerne", "Élève non concerné par cette campagne"
        ARENA = "arena", "L’établissement passe par ARENA"
        EN_DOUBLE = "en_double", "Demande en double"
        INCOMPLETE = "incomplete", "Informations insuffisantes"
        AUTRE = "autre", "Autre"

    code = models.CharField(max_length=8, unique=True, default=nouveau_code, editable=False)
    # Une campagne ne s'efface pas tant qu'elle a des demandes.
    campagne = models.ForeignKey(Campagne, on_delete=models.PROTECT, related_name="preinscriptions")
    reference = models.CharField("référence", max_length=20, blank=True)
    etat = models.CharField("état", max_length=12, choices=Etat.choices, default=Etat.A_CONFIRMER)
    courriel = models.EmailField("courriel du contact", blank=True)
    saisie = models.JSONField("saisie du demandeur", default=dict, blank=True)
    message = models.CharField("message du SAIO", max_length=500, blank=True)
    motif = models.CharField("motif du refus", max_length=16, choices=Motif.choices, blank=True)
    # L'élève créé à l'acceptation garde sa demande.
    eleve = models.ForeignKey(Eleve, null=True, blank=True, on_delete=models.PROTECT, related_name="preinscriptions")
    # Celui que le SAIO a retenu ; il ne s'efface pas tant que la demande existe.
    etablissement = models.ForeignKey(
        Etablissement, null=True, blank=True, on_delete=models.PROTECT, related_name="preinscriptions"
    )
    commencee_le = models.DateTimeField("commencée le")
    recue_le = models.DateTimeField("reçue le", null=True, blank=True)
    decidee_le = models.DateTimeField("décidée le", null=True, blank=True)
    jeton_empreinte = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    expire_le = models.DateTimeField("saisie gardée jusqu’au")
    code_empreinte = models.CharField(max_length=64, blank=True, editable=False)
    lien_empreinte = models.CharField(max_length=64, blank=True, editable=False)
    code_expire_le = models.DateTimeField(null=True, blank=True, editable=False)
    essais_restants = models.PositiveSmallIntegerField(default=0, editable=False)
    confirmee_le = models.DateTimeField("adresse confirmée le", null=True, blank=True)

    objects = PreInscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = "pré-inscription"
        verbose_name_plural = "pré-inscriptions"
        ordering = ["recue_le"]
        constraints = [
            models.UniqueConstraint(
                fields=["campagne", "reference"],
                condition=~Q(reference=""),
                name="preinscription_reference_unique",
                violation_error_message="Cette référence est déjà donnée.",
            ),
            models.CheckConstraint(
                name="preinscription_deposee_confirmee",
                condition=Q(etat="a_confirmer")
                | ~Q(reference="") & Q(recue_le__isnull=False, confirmee_le__isnull=False),
                violation_error_message="Une demande parvient au SAIO une fois l’adresse confirmée.",
            ),
        ]
        indexes = [models.Index(fields=["campagne", "etat", "recue_le"], name="preinscription_file")]

    def __str__(self) -> str:
        return self.reference or "pré-inscription en cours de saisie"

    @property
    def est_en_saisie(self) -> bool:
        """Vrai tant que le demandeur peut écrire : avant l'envoi, ou pour donner un complément."""
        return self.etat in {self.Etat.A_CONFIRMER, self.Etat.A_COMPLETER}


class LienPersonnelQuerySet(models.QuerySet):
    def du_jeton(self, jeton: str) -> "LienPersonnelQuerySet":
        """Lien de ce jeton, sauf s'il est révoqué."""
        return self.filter(empreinte=empreinte_du_jeton(jeton), revoque_le__isnull=True)

    def valides(self, le: datetime) -> "LienPersonnelQuerySet":
        return self.filter(revoque_le__isnull=True, expire_le__gt=le)


class LienPersonnel(models.Model):
    """Lien signé par lequel un établissement sans compte lit ses convocations et ses fiches (R21)."""

    # Le lien disparaît avec la demande qu'il ouvre.
    preinscription = models.ForeignKey(PreInscription, on_delete=models.CASCADE, related_name="liens")
    empreinte = models.CharField(max_length=64, unique=True)
    expire_le = models.DateTimeField("expire le")
    revoque_le = models.DateTimeField("révoqué le", null=True, blank=True)

    objects = LienPersonnelQuerySet.as_manager()

    class Meta:
        verbose_name = "lien personnel"
        verbose_name_plural = "liens personnels"

    def __str__(self) -> str:
        return f"{self.preinscription} jusqu’au {self.expire_le:%d/%m/%Y}"


class PassagePublic(models.Model):
    """Un geste fait sans compte, retenu une heure pour en limiter le nombre par adresse (T9)."""

    empreinte = models.CharField(max_length=64)
    le = models.DateTimeField()

    class Meta:
        verbose_name = "passage public"
        verbose_name_plural = "passages publics"
        indexes = [models.Index(fields=["empreinte", "le"], name="passage_par_empreinte")]

    def __str__(self) -> str:
        return f"{self.empreinte[:8]} le {self.le:%d/%m/%Y %H:%M}"
