"""Les personnes qui se connectent, leurs sessions, et l'historique de ce qu'elles font."""

from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from comptes.federation.models import IdentiteFederee  # noqa: F401 – inscrit le modèle
from comptes.ordre import cle_alphabetique
from comptes.signatures import LigneInalterable


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
    cle = cle_alphabetique("nom", "prenom")
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
        ordering = ["cle"]
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


class Trace(LigneInalterable):
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
    # Ce qui peut disparaître avant son historique dit de quelle campagne il était, dont la conservation est la sienne ;
    # `comptes` ne connaît pas les campagnes.
    campagne = models.BigIntegerField("campagne", null=True, blank=True, editable=False)
    # Posée quand la conservation de la ligne finit : elle couvre ce qui en reste.
    signature_effacee = models.CharField("signature après effacement", max_length=64, blank=True, editable=False)

    objects = TraceQuerySet.as_manager()

    class Meta:
        verbose_name = "trace"
        verbose_name_plural = "historique"
        indexes = [
            models.Index(fields=["objet_type", "objet_id", "-le"], name="trace_par_objet"),
            # Ce qui a changé d'état depuis un jour : le suivi n'a pas à relire l'histoire de chaque candidature.
            models.Index(fields=["objet_type", "le"], condition=Q(apres__has_key="etat"), name="trace_des_etats"),
        ]

    def __str__(self) -> str:
        return self.phrase


def natures_d_evenement() -> list[tuple[str, str]]:
    return Evenement.Nature.choices


class EvenementQuerySet(models.QuerySet):
    def sur(self, objet: models.Model) -> "EvenementQuerySet":
        """Événements qui touchent `objet`, le plus récent d'abord."""
        return self.filter(objet_type=objet._meta.label_lower, objet_id=objet.pk).order_by("-le", "-pk")


class Evenement(LigneInalterable):
    """Une ligne du journal de sécurité : qui s'est connecté, a reçu un droit, a lu ou emporté des données (R40).

    Ni nom d'élève ni texte saisi n'y entrent : l'élève se lit par sa clé, et disparaît avec elle.
    """

    class Nature(models.TextChoices):
        CONNEXION = "connexion", "Connexion"
        CONNEXION_REFUSEE = "connexion_refusee", "Connexion refusée"
        DECONNEXION = "deconnexion", "Déconnexion"
        MOT_DE_PASSE = "mot_de_passe", "Mot de passe changé"
        SECOND_FACTEUR = "second_facteur", "Second facteur"
        COMPTE = "compte", "Compte"
        DROITS = "droits", "Droits"
        EXPORT = "export", "Export demandé"
        TELECHARGEMENT = "telechargement", "Document emporté"
        REGARD = "regard", "Espace consulté en lecture seule"
        DOSSIER = "dossier", "Dossier d’élève consulté"
        NOMS = "noms", "Liste de noms consultée"
        VERIFICATION = "verification", "Historique vérifié"

    nature = models.CharField("nature", max_length=20, choices=natures_d_evenement)
    le = models.DateTimeField("le")
    # Qui a laissé une trace se désactive, ne s’efface pas.
    personne = models.ForeignKey(
        Personne, verbose_name="personne", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    personne_nom = models.CharField("nom de la personne", max_length=200, blank=True)
    adresse = models.CharField("adresse réseau tronquée", max_length=45, blank=True)
    uai = models.CharField("établissement", max_length=8, blank=True)
    objet_type = models.CharField("type d’objet", max_length=60, blank=True)
    objet_id = models.BigIntegerField("objet", null=True, blank=True)
    phrase = models.CharField("phrase", max_length=300)
    details = models.JSONField("détails", default=dict, blank=True)
    # Nomme un fait qui ne s’écrit qu’une fois : un dossier lu, pour une personne, une heure donnée.
    cle = models.CharField("clé", max_length=120, unique=True, null=True, blank=True)

    objects = EvenementQuerySet.as_manager()

    class Meta:
        verbose_name = "événement"
        verbose_name_plural = "journal de sécurité"
        indexes = [
            models.Index(fields=["-le", "-id"], name="evenement_par_date"),
            models.Index(fields=["personne", "-le"], name="evenement_par_personne"),
            models.Index(fields=["objet_type", "objet_id", "-le"], name="evenement_par_objet"),
            models.Index(fields=["uai", "-le"], name="evenement_par_lieu"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(objet_type="", objet_id__isnull=True) | (~Q(objet_type="") & Q(objet_id__isnull=False)),
                name="evenement_objet_entier",
                violation_error_message="Un événement désigne un objet par son type et sa clé, ou n’en désigne aucun.",
            )
        ]

    def __str__(self) -> str:
        return self.phrase


class Sceau(LigneInalterable):
    """L'état d'un registre à un instant : combien de lignes jusqu'à telle clé, et leur empreinte (T21).

    Les sceaux s'enchaînent ; une ligne effacée ou ajoutée après coup ne répond plus à celui qui la couvre.
    """

    registre = models.CharField("registre", max_length=60)
    apres = models.BigIntegerField("après la ligne")
    jusqu_a = models.BigIntegerField("jusqu’à la ligne")
    nombre = models.BigIntegerField("nombre de lignes")
    empreinte = models.CharField("empreinte", max_length=64)
    le = models.DateTimeField("le")

    class Meta:
        verbose_name = "sceau"
        verbose_name_plural = "sceaux"
        constraints = [
            # Deux poses qui se croisent n’en font qu’une (F7).
            models.UniqueConstraint(
                fields=["registre", "apres"],
                name="sceau_une_suite",
                violation_error_message="Cette partie du registre est déjà scellée.",
            ),
            models.CheckConstraint(
                condition=Q(jusqu_a__gt=models.F("apres")),
                name="sceau_avance",
                violation_error_message="Un sceau couvre au moins une ligne.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.registre}, lignes {self.apres + 1} à {self.jusqu_a}"
