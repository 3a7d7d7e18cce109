"""Ce que plusieurs machines partagent, lu dans l'environnement : la base et ses délais, les fichiers, les mesures.

Rien n'est gardé dans un processus ni sur le disque d'une machine dont une autre aurait besoin (docs/exploitation.md).
"""

from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

DISQUE = "django.core.files.storage.FileSystemStorage"
RANGEMENT_S3 = "referentiel.rangement.RangementS3"
# Sans elles, un rangement n'est déclaré qu'à moitié.
S3_EXIGEES = {
    "bucket_name": "RANGEMENT_S3_SEAU",
    "endpoint_url": "RANGEMENT_S3_ADRESSE",
    "access_key": "RANGEMENT_S3_CLE",
    "secret_key": "RANGEMENT_S3_SECRET",
}
S3_FACULTATIVES = {"region_name": "RANGEMENT_S3_REGION", "location": "RANGEMENT_S3_DOSSIER"}
VIE_D_UNE_CONNEXION = 60
# Une machine qui disparaît sans rien fermer (courant coupé, réseau rompu) rend ses verrous en une minute, et une base
# qui disparaît ne retient pas plus longtemps : le système, de lui-même, attendrait un quart d'heure, ou deux heures.
SIGNES_DE_VIE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "user_timeout": 60_000}


def lire_la_base(env: environ.Env, adresse: dict[str, Any]) -> dict[str, Any]:
    """La base à cette `adresse`, ses délais (en secondes) et sa réserve de connexions.

    Une réserve est commune aux fils d'un serveur web : `CONNEXIONS_PAR_PROCESSUS` connexions au plus, rendues à la fin
    de chaque requête. Sans elle, chaque fil garde la sienne ; un atelier, qui fait une tâche à la fois, s'en passe.
    """
    delais = {
        "lock_timeout": env.float("DELAI_D_UN_VERROU", default=8),
        "statement_timeout": env.float("DELAI_D_UNE_REQUETE", default=30),
        "idle_in_transaction_session_timeout": env.float("DELAI_D_UNE_TRANSACTION_OISIVE", default=60),
    }
    attente = env.int("DELAI_DE_CONNEXION", default=5)
    # Une page ne lit que peu de lignes : compiler une requête à la volée y coûterait plus que la lire.
    # Une lecture préparée garde un seul plan, fait sans ses valeurs : sinon PostgreSQL replanifie à chaque fois celles
    # qu'il croit mieux servir par les leurs, ce qui coûte plus que de les lire.
    # La base tient en mémoire (docs/exploitation.md) : aller à une ligne par un index n'y coûte guère plus que lire la
    # suivante. PostgreSQL, qui croit lire un disque qui tourne, lirait sinon des tables entières.
    reglages = ("-c jit=off", "-c plan_cache_mode=force_generic_plan", "-c random_page_cost=1.1")
    textes = [*(f"-c {nom}={round(secondes * 1000)}" for nom, secondes in delais.items()), *reglages]
    textes += [f"-c tcp_{nom}={valeur}" for nom, valeur in SIGNES_DE_VIE.items()]
    options: dict[str, Any] = {"options": " ".join(textes), "connect_timeout": attente}
    options |= {nom.replace("user", "tcp_user"): valeur for nom, valeur in SIGNES_DE_VIE.items()}
    # Ne vaut que pour les lectures préparées (`comptes.lectures_preparees`).
    options["prepare_threshold"] = 0
    reserve = env.int("CONNEXIONS_PAR_PROCESSUS", default=0)
    if reserve:
        options["pool"] = {"min_size": 1, "max_size": reserve, "timeout": attente, "name": "passpro"}
    return adresse | {
        "ATOMIC_REQUESTS": False,
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 0 if reserve else VIE_D_UNE_CONNEXION,
        "OPTIONS": options,
    }


def lire_le_rangement(env: environ.Env, *, production: bool) -> dict[str, Any]:
    """Où vont les documents préparés : un service compatible S3 s'il est déclaré, le disque sinon.

    Lève `ImproperlyConfigured` si la déclaration est incomplète, ou si elle ferait voyager les documents en clair.
    """
    lues = {champ: env.str(nom, default="") for champ, nom in (S3_EXIGEES | S3_FACULTATIVES).items()}
    if not any(lues.values()):
        return {"BACKEND": DISQUE}
    if manquent := [nom for champ, nom in S3_EXIGEES.items() if not lues[champ]]:
        raise ImproperlyConfigured(f"Le rangement S3 n’est déclaré qu’à moitié\u00a0: il manque {', '.join(manquent)}.")
    if production and urlsplit(lues["endpoint_url"]).scheme != "https":
        raise ImproperlyConfigured(
            "RANGEMENT_S3_ADRESSE doit commencer par https://\u00a0: les documents nomment des élèves."
        )
    return {"BACKEND": RANGEMENT_S3, "OPTIONS": {champ: valeur for champ, valeur in lues.items() if valeur}}
