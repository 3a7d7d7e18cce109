"""Les personnes qui se connectent, leurs sessions, et l'historique de ce qu'elles font."""

from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac


class PersonneManager(BaseUserManager["Personne"]):
    def create_user(self, courriel: str, password: str | None = None, **champs: object) -> "Personne":
        personne = self.model(courriel=self.normalize_email(courriel).lower(), **champs)
        personne.set_password(password)
        personne.save(using=self._db)
        return personne

    def create_superuser(self, courriel: str, password: str | None = None, **champs: object) -> "Personne":
        return self.create_user(courriel, password, is_staff=True, is_superuser=True, **champs)

    def get_by_natural_key(self, courriel: str) -> "Personne":
        return self.get(courriel__iexact=courriel.strip())


class Personne(AbstractBaseUser, PermissionsMixin):
    """Une personne qui se connecte avec son adresse professionnelle (R38)."""

    courriel = models.EmailField("courriel professionnel", unique=True)
    prenom = models.CharField("prénom", max_length=80)
    nom = models.CharField("nom", max_length=80)
    civilite = models.CharField("civilité", max_length=3, blank=True, choices=[("M.", "M."), ("Mme", "Mme")])
    is_active = models.BooleanField("compte actif", default=True)
    is_staff = models.BooleanField("accès à l’administration", default=False)
    date_joined = models.DateTimeField("compte ouvert le", auto_now_add=True)
    resume_quotidien = models.BooleanField("reçoit le résumé quotidien", default=True)
    second_facteur_le = models.DateTimeField("second facteur depuis le", null=True, blank=True, editable=False)

    objects = PersonneManager()

    USERNAME_FIELD = "courriel"
    EMAIL_FIELD = "courriel"
    REQUIRED_FIELDS = ["prenom", "nom"]

    class Meta:
        verbose_name = "personne"
        verbose_name_plural = "personnes"
        ordering = ["nom", "prenom"]
        constraints = [
            models.UniqueConstraint(
                Lower("courriel"),
                name="personne_courriel_unique",
                violation_error_message="Cette adresse a déjà un compte.",
            )
        ]

    def __str__(self) -> str:
        return self.nom_affiche

    @property
    def nom_affiche(self) -> str:
        """« Mme Petit », ou « Claire Petit » quand la civilité manque."""
        return f"{self.civilite or self.prenom} {self.nom}".strip()

    def get_short_name(self) -> str:
        return self.nom_affiche

    @property
    def a_un_second_facteur(self) -> bool:
        return self.second_facteur_le is not None


class SessionManager(BaseSessionManager):
    def ouvertes(self, personne: Personne, le: datetime) -> "models.QuerySet[Session]":
        """Sessions que la personne tient ouvertes à l'instant `le`, la plus récemment vue d'abord."""
        return self.filter(personne=personne, expire_date__gt=le).order_by("-vue_le", "session_key")


class Session(AbstractBaseSession):
    """Une session, à qui elle est, sur quel appareil et depuis quand (T5)."""

    # Une session ne survit pas à sa personne.
    personne = models.ForeignKey(
        Personne, verbose_name="personne", null=True, on_delete=models.CASCADE, related_name="sessions"
    )
    appareil = models.CharField("appareil", max_length=80, blank=True)
    ouverte_le = models.DateTimeField("ouverte le", null=True)
    vue_le = models.DateTimeField("vue le", null=True)

    objects = SessionManager()

    class Meta(AbstractBaseSession.Meta):
        verbose_name = "session"
        verbose_name_plural = "sessions"

    def __str__(self) -> str:
        return self.code

    @classmethod
    def get_session_store_class(cls) -> type:
        from comptes.sessions import SessionStore

        return SessionStore

    @property
    def code(self) -> str:
        """Désigne la session dans une page sans donner sa clé, qui suffirait à l'ouvrir."""
        return salted_hmac("comptes.session", self.session_key, algorithm="sha256").hexdigest()[:20]


class Tentative(models.Model):
    """Un essai retenu un quart d'heure, pour en limiter le nombre par adresse ou par personne (T6)."""

    empreinte = models.CharField(max_length=64)
    le = models.DateTimeField()

    class Meta:
        verbose_name = "tentative"
        verbose_name_plural = "tentatives"
        indexes = [models.Index(fields=["empreinte", "le"], name="tentative_par_empreinte")]

    def __str__(self) -> str:
        return f"{self.empreinte[:8]} le {self.le:%d/%m/%Y %H:%M}"


class TraceQuerySet(models.QuerySet):
    def de(self, objet: models.Model) -> "TraceQuerySet":
        """Traces de `objet`, la plus récente d'abord."""
        return self.filter(objet_type=objet._meta.label_lower, objet_id=objet.pk).order_by("-le", "-pk")


class Trace(models.Model):
    """Une ligne d'historique : qui, quand, avant, après (R39). La base refuse de la modifier ou de l'effacer."""

    objet_type = models.CharField("type d’objet", max_length=60)
    objet_id = models.BigIntegerField("objet")
    fait = models.CharField("fait", max_length=60)
    phrase = models.CharField("phrase", max_length=300)
    # Qui a laissé une trace se désactive, ne s’efface pas.
    auteur = models.ForeignKey(
        Personne, verbose_name="auteur", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    auteur_nom = models.CharField("nom de l’auteur", max_length=200)
    le = models.DateTimeField("le")
    avant = models.JSONField("avant", default=dict, blank=True)
    apres = models.JSONField("après", default=dict, blank=True)

    objects = TraceQuerySet.as_manager()

    class Meta:
        verbose_name = "trace"
        verbose_name_plural = "historique"
        indexes = [models.Index(fields=["objet_type", "objet_id", "-le"], name="trace_par_objet")]

    def __str__(self) -> str:
        return self.phrase
