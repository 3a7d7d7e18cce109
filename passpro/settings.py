"""Réglages de Passpro, lus dans l'environnement.

`PASSPRO_MODE` vaut « production » par défaut : l'application refuse alors de démarrer tant qu'il manque
un secret, une base, un courtier, un relais de messagerie ou une adresse publique. « demonstration » et
« tests » sont les deux seuls modes qui ont des valeurs de repli.
"""

from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from comptes.federation.reglages import lire_arena, lire_les_fournisseurs, sorties
from passpro.demonstration.comptes import COMPTES
from passpro.machines import DISQUE, lire_la_base, lire_le_rangement
from passpro.production import exiger_une_production_sure
from passpro.sentinelle import veiller
from passpro.taches_de_fond import HORAIRES, ROUTES

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

MODES = {"production", "demonstration", "tests"}
MODE = env.str("PASSPRO_MODE", default="production")
if MODE not in MODES:
    raise ImproperlyConfigured(
        f"PASSPRO_MODE vaut «\u00a0{MODE}\u00a0»\u00a0; valeurs possibles\u00a0: {', '.join(sorted(MODES))}."
    )
PRODUCTION = MODE == "production"
DEMONSTRATION = MODE == "demonstration"


def exige(lecture, nom: str, repli=environ.Env.NOTSET):
    """Lit une variable : sans valeur de repli en production, avec `repli` ailleurs."""
    return lecture(nom) if PRODUCTION else lecture(nom, default=repli)


DEBUG = False
SECRET_KEY = exige(env.str, "SECRET_KEY", "cle-des-seuls-tests-et-demonstrations")
# Les secrets d'avant : les codes des fiches déjà remises restent reconnus.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = exige(env.list, "ALLOWED_HOSTS", ["127.0.0.1", "localhost", "testserver"])
# Processus de rendu qu'un lot de documents occupe à la fois.
MOTEURS_PAR_LOT = env.int("MOTEURS_PAR_LOT", default=2)
# Secondes qu'une page attend un document quand la file est vide (docs/decisions/0027).
ATTENTE_D_UN_DOCUMENT = env.float("ATTENTE_D_UN_DOCUMENT", default=0.8 if MODE != "tests" else 0.0)
ADRESSE_PUBLIQUE = exige(env.str, "ADRESSE_PUBLIQUE", "http://127.0.0.1:8000").rstrip("/")

INSTALLED_APPS = [
    "passpro",
    "pilotage",
    "conservation",
    "avis",
    "entretiens",
    "candidatures",
    "referentiel",
    "comptes",
    "courriers",
    "crispy_forms",
    "axes",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "passpro.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "passpro.journaux.JournalDesRequetes",
    "django.middleware.security.SecurityMiddleware",
    "passpro.statiques.StatiquesDeDeuxVersions",
    "passpro.mesures.requetes.MesureDesRequetes",
    "csp.middleware.CSPMiddleware",
    "passpro.garde.TexteLisible",
    "referentiel.detours.Detours",
    "referentiel.academies.AcademieDeLAdresse",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "comptes.middleware.PersonneConnectee",
    "django_otp.middleware.OTPMiddleware",
    "comptes.middleware.RequeteEnCours",
    "comptes.middleware.DureeDeSession",
    "comptes.federation.middleware.SessionDArena",
    "referentiel.middleware.PerimetreDeLaRequete",
    "referentiel.middleware.LecturesNotees",
    "comptes.middleware.SecondFacteur",
    "django.contrib.messages.middleware.MessageMiddleware",
    "passpro.session_expiree.SessionExpiree",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "passpro.urls"
WSGI_APPLICATION = "passpro.wsgi.application"

# Partout, sans qu'un gabarit ait à les demander.
FILTRES = ["passpro.templatetags.dates"]
TEMPLATES = [
    {
        "NAME": "html",
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "passpro.coquille.coquille",
            ],
            "builtins": FILTRES,
        },
    },
    {
        "NAME": "texte",
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {"autoescape": False, "builtins": FILTRES},
    },
]
FORM_RENDERER = "passpro.rendu.Rendu"
CRISPY_ALLOWED_TEMPLATE_PACKS = ["crispy_dsfr"]
CRISPY_TEMPLATE_PACK = "crispy_dsfr"

# Données -------------------------------------------------------------------------------------------------

DATABASES = {"default": lire_la_base(env, exige(env.db_url, "DATABASE_URL", "postgres:///passpro"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Une mémoire, pas un état : ce qu'un processus y retient s'oublie sans rien changer.
EN_MEMOIRE = "django.core.cache.backends.locmem.LocMemCache"
CACHES = {
    "default": {"BACKEND": EN_MEMOIRE},
    # Des corps de page, 70 Ko au plus souvent : ni délai, ni beaucoup.
    "catalogue": {"BACKEND": EN_MEMOIRE, "LOCATION": "catalogue", "TIMEOUT": None, "OPTIONS": {"MAX_ENTRIES": 64}},
}

# Langue et temps -----------------------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = False
FORMAT_MODULE_PATH = ["passpro.formats"]

# Comptes et sessions -------------------------------------------------------------------------------------

AUTH_USER_MODEL = "comptes.Personne"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "comptes.federation.porte.ParUnGuichet",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["courriel", "prenom", "nom"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# Le guichet de l'académie (docs/connexion-deleguee.md) ; rien n'est déclaré, rien n'est ouvert.
ARENA = lire_arena(env, production=PRODUCTION)
FOURNISSEURS_D_IDENTITE = lire_les_fournisseurs(env, production=PRODUCTION)
COMPTES_DE_DEMONSTRATION = COMPTES if DEMONSTRATION else ()
LOGIN_URL = "comptes:connexion"
LOGIN_REDIRECT_URL = "comptes:espaces"
LOGOUT_REDIRECT_URL = "pilotage:accueil"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "erreurs/trop_d_essais.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_VERBOSE = False
# Notre journal dit qui s'est connecté, le temps réglé ; celui d'axes garderait les adresses sans fin (R40).
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False

# Une IPv6 compte avec tout son réseau : un même foyer en change à chaque essai s'il veut.
AXES_CLIENT_IP_CALLABLE = "comptes.adresses.reseau_du_client"
# Les mandataires devant l'application qui ajoutent à X-Forwarded-For l'adresse qu'ils voient. Sans eux, l'en-tête est
# ignoré : chacun peut l'écrire.
NOMBRE_DE_MANDATAIRES = env.int("NOMBRE_DE_MANDATAIRES", default=0)

DUREE_D_UNE_INVITATION = timedelta(days=env.int("DUREE_D_UNE_INVITATION_JOURS", default=7))
PASSWORD_RESET_TIMEOUT = 24 * 3600
OTP_TOTP_ISSUER = "Passpro"
# Obligatoire au SAIO et dans l'administration. La démonstration et les tests ouvrent sans téléphone.
SECOND_FACTEUR_EXIGE = env.bool("SECOND_FACTEUR_EXIGE", default=PRODUCTION)

SESSION_ENGINE = "comptes.sessions"
# Avant un acte grave, le mot de passe ou le code doit dater de moins que cela.
DUREE_D_UNE_PREUVE = 600
# Au-delà, le journal de sécurité oublie ; il garde toujours 180 jours (R40, docs/decisions/0020).
CONSERVATION_DU_JOURNAL = timedelta(days=env.int("CONSERVATION_DU_JOURNAL_JOURS", default=365))
DUREE_INACTIVITE = 4 * 3600
DUREE_ABSOLUE = 12 * 3600
SESSION_COOKIE_AGE = DUREE_INACTIVITE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "passpro.erreurs.formulaire_expire"
CSRF_COOKIE_SAMESITE = "Lax"
if PRODUCTION:
    SESSION_COOKIE_NAME = "__Host-passpro"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^sante/(prete/)?$", r"^mesures/$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if env.bool("DERRIERE_UN_MANDATAIRE", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    CSRF_TRUSTED_ORIGINS = [ADRESSE_PUBLIQUE]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'", *sorties(ARENA, FOURNISSEURS_D_IDENTITE)],
        "frame-ancestors": ["'none'"],
    }
}

# Fichiers statiques --------------------------------------------------------------------------------------

STATIC_URL = "/statique/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / ".run" / "statique"))
if not PRODUCTION:
    Path(STATIC_ROOT).mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static", Path(find_spec("dsfr").submodule_search_locations[0]) / "static"]
# Dans les tests, le serveur de pytest-django les sert ; chaque client les relirait sinon tous.
WHITENOISE_USE_FINDERS = DEMONSTRATION
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ROOT = BASE_DIR / "static" / "racine"
STORAGES = {
    # Les documents préparés : ce qu'un atelier écrit, tout serveur web le lit.
    "default": lire_le_rangement(env, production=PRODUCTION),
    "staticfiles": {
        "BACKEND": "passpro.statiques.StatiquesEnProduction" if PRODUCTION else "passpro.statiques.Statiques"
    },
}

# Fichiers préparés -------------------------------------------------------------------------------------------

SUR_LE_DISQUE = STORAGES["default"]["BACKEND"] == DISQUE
DOSSIER_LOCAL = str(BASE_DIR / ".run" / "fichiers")
MEDIA_ROOT = str(exige(env.path, "DOSSIER_DES_FICHIERS", DOSSIER_LOCAL)) if SUR_LE_DISQUE else DOSSIER_LOCAL

# Courriers -----------------------------------------------------------------------------------------------

vars().update(exige(env.email_url, "EMAIL_URL", "consolemail://"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = exige(env.str, "EXPEDITEUR", "Passpro <ne-pas-repondre@passpro.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# L'enveloppe porte cette adresse : les avis de non-remise y reviennent (docs/courriels.md).
ADRESSE_DES_RETOURS = env.str("ADRESSE_DES_RETOURS", default="")
# Au-delà, un courriel parti garde sa ligne et perd son contenu (R40).
CONSERVATION_DES_COURRIELS = timedelta(days=env.int("CONSERVATION_DES_COURRIELS_JOURS", default=365))
DOMAINE_DES_MESSAGES = env.str("DOMAINE_DES_MESSAGES", default="passpro.example")
BOITE_DE_DEMONSTRATION = env.str("PASSPRO_BOITE", default="") if DEMONSTRATION else ""
if DEMONSTRATION and EMAIL_HOST not in {"127.0.0.1", "localhost"}:  # noqa: F821
    raise ImproperlyConfigured("En démonstration, le relais de messagerie doit être sur cette machine (127.0.0.1).")

CELERY_BROKER_URL = exige(env.str, "CELERY_BROKER_URL", "memory://")
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "visibility_timeout": 900,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
    }
    if CELERY_BROKER_URL.startswith("redis")
    else {}
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_TASK_DEFAULT_QUEUE = "menage"
CELERY_TASK_ROUTES = ROUTES
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = HORAIRES
# Une horloge par machine, si l'on veut : une seule demande à la fois.
CELERY_BEAT_SCHEDULER = "passpro.horloge.UneSeuleHorloge"
CELERY_BEAT_SCHEDULE_FILENAME = env.str("CELERY_BEAT_FICHIER", default="/tmp/passpro-beat")  # noqa: S108 - un témoin

# Adresses académiques --------------------------------------------------------------------------------------

# Par code d'académie, les domaines où une personne référente a son adresse, séparés par des espaces ; sans eux, toute
# adresse convient.
DOMAINES_ACADEMIQUES = env.dict(
    "DOMAINES_ACADEMIQUES",
    default={code: f"{code}.example" for code in ("creteil", "paris", "versailles")} if DEMONSTRATION else {},
)

# Pages légales -------------------------------------------------------------------------------------------

MENTIONS_EDITEUR = env.str("MENTIONS_EDITEUR", default="", multiline=True)
MENTIONS_DIRECTION = env.str("MENTIONS_DIRECTION", default="")
MENTIONS_HEBERGEUR = env.str("MENTIONS_HEBERGEUR", default="", multiline=True)
# Par code d'académie, l'adresse de la personne déléguée à la protection des données.
DELEGUES_A_LA_PROTECTION_DES_DONNEES = env.dict("DELEGUES_A_LA_PROTECTION_DES_DONNEES", default={})

# Identité visuelle ---------------------------------------------------------------------------------------

MARQUE_DE_L_ETAT = env.bool("MARQUE_DE_L_ETAT", default=False)

# Chaque ligne passe par `passpro.journaux` : rien de ce qu'une personne a saisi n'y entre (T20).
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "ligne": {
            "()": "passpro.journaux.EnLigne",
            "format": "{asctime} {levelname} {name} {reference} {message}",
            "style": "{",
        },
        "json": {
            "()": "passpro.journaux.EnJson",
            "format": "{asctime}{levelname}{name}{reference}{message}",
            "style": "{",
            "rename_fields": {"asctime": "instant", "levelname": "niveau", "name": "source", "exc_info": "erreur"},
            "json_ensure_ascii": False,
        },
    },
    "handlers": {"sortie": {"class": "logging.StreamHandler", "formatter": "json" if PRODUCTION else "ligne"}},
    "loggers": {
        "pikepdf": {"level": "WARNING"},
        # Aucun courriel d'erreur : il porterait la requête entière.
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "gunicorn.error": {"handlers": [], "propagate": True},
    },
    "root": {"handlers": ["sortie"], "level": "INFO"},
}

# Les mesures de Prometheus (docs/exploitation.md) : sans jeton ni réseau déclaré, leur adresse n'existe pas.
MESURES_JETON = env.str("MESURES_JETON", default="")
MESURES_RESEAUX = env.list("MESURES_RESEAUX", default=[])
# Où les processus d'une machine réunissent leurs comptes ; sans lui, chacun ne dit que les siens.
DOSSIER_DES_MESURES = env.str("DOSSIER_DES_MESURES", default="")

if PRODUCTION:
    exiger_une_production_sure(globals())
veiller(env.str("SENTRY_DSN", default=""), environnement=MODE)

# Adresses ou réseaux des sondes qui lisent le détail de l'état de l'installation, en plus de cette machine.
SONDES = env.list("SONDES", default=[])
