"""L'environnement de la démonstration : composé ici, gardé dans `.run/environnement`.

Une variable déjà posée par qui lance la commande l'emporte toujours sur celle qui est composée.
"""

import os
import secrets
import shlex
import socket
from collections.abc import Mapping
from pathlib import Path

from outils.emplacements import TRAVAIL
from outils.postgresql import Grappe
from outils.valkey import Valkey

FICHIER = TRAVAIL / "environnement"
BOITE = TRAVAIL / "courriels"
GRAPPE = Grappe(TRAVAIL / "postgresql")
VALKEY = Valkey(TRAVAIL / "valkey")
ADRESSE_PAR_DEFAUT = "http://127.0.0.1:8000"
LONGUEUR_DE_LA_CLE = 64


def preparer(adresse: str | None = None) -> dict[str, str]:
    """Compose l'environnement de la démonstration, l'enregistre et le renvoie, complété par celui du poste.

    `adresse` est celle où l'application va répondre, avec une boîte aux lettres neuve ; sans elle, les
    dernières connues sont gardées. La clé secrète, tirée au hasard la première fois, ne change plus.
    """
    ancien = lire()
    boite = None if adresse else ancien.get("EMAIL_URL")
    compose = {
        "PASSPRO_MODE": "demonstration",
        "SECRET_KEY": ancien.get("SECRET_KEY") or secrets.token_urlsafe(LONGUEUR_DE_LA_CLE),
        "ADRESSE_PUBLIQUE": adresse or ancien.get("ADRESSE_PUBLIQUE") or ADRESSE_PAR_DEFAUT,
        "DATABASE_URL": GRAPPE.adresse(),
        "CELERY_BROKER_URL": VALKEY.adresse,
        "EMAIL_URL": boite or f"smtp://127.0.0.1:{port_libre()}",
        "PASSPRO_BOITE": os.fspath(BOITE),
        "CELERY_BEAT_FICHIER": os.fspath(TRAVAIL / "horloge"),
    }
    _enregistrer(compose)
    return compose | dict(os.environ)


def lire() -> dict[str, str]:
    """Renvoie l'environnement enregistré, vide s'il n'y en a pas."""
    if not FICHIER.exists():
        return {}
    return dict(mot.split("=", 1) for mot in shlex.split(FICHIER.read_text(), comments=True))


def est_embarque(variable: str) -> bool:
    """Dit si le service que désigne `variable` est le nôtre, faute d'en avoir reçu un autre."""
    return variable not in os.environ


def port_libre() -> int:
    """Renvoie un port TCP libre de cette machine."""
    with socket.socket() as essai:
        essai.bind(("127.0.0.1", 0))
        return essai.getsockname()[1]


def _enregistrer(compose: Mapping[str, str]) -> None:
    FICHIER.parent.mkdir(mode=0o700, exist_ok=True)
    ebauche = Path(f"{FICHIER}.{os.getpid()}")
    lignes = (f"{nom}={shlex.quote(valeur)}\n" for nom, valeur in compose.items())
    with open(os.open(ebauche, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as fichier:
        fichier.write("# Produit par bin/demarrer : ces réglages ne valent que pour ce poste.\n")
        fichier.writelines(lignes)
    ebauche.replace(FICHIER)
