"""Ce que la production refuse : des réglages qui vont à un essai et exposeraient un vrai service (T22)."""

from collections.abc import Mapping
from email.utils import parseaddr
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

LONGUEUR_D_UN_SECRET = 50
SIGNES_DIFFERENTS = 12
RESEAUX_PRIVES = tuple(
    map(ip_network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1", "fc00::/7"))
)
SMTP = "django.core.mail.backends.smtp.EmailBackend"
POSTGRESQL = "django.db.backends.postgresql"


def exiger_une_production_sure(reglages: Mapping[str, Any]) -> None:
    """Lève `ImproperlyConfigured`, avec toutes les raisons, si un réglage de production n'est pas sûr."""
    if raisons := [raison for raison, fautif in _fautes(reglages).items() if fautif]:
        raise ImproperlyConfigured(" ".join(raisons))


def _fautes(reglages: Mapping[str, Any]) -> dict[str, bool]:
    secrets = [reglages["SECRET_KEY"], *reglages["SECRET_KEY_FALLBACKS"]]
    hotes, adresse = reglages["ALLOWED_HOSTS"], urlsplit(reglages["ADRESSE_PUBLIQUE"])
    return {
        "SECRET_KEY doit compter au moins 50 caractères tirés au hasard, comme ceux de SECRET_KEY_FALLBACKS.": not all(
            map(_est_tire_au_hasard, secrets)
        ),
        "ALLOWED_HOSTS doit nommer chaque domaine servi, sans « * ».": not hotes
        or any("*" in hote or not hote.strip(".") for hote in hotes),
        "ADRESSE_PUBLIQUE doit commencer par https:// et son domaine figurer dans ALLOWED_HOSTS.": adresse.scheme
        != "https"
        or not _est_servi(adresse.hostname or "", hotes),
        "DATABASE_URL doit désigner PostgreSQL.": reglages["DATABASES"]["default"]["ENGINE"] != POSTGRESQL,
        "CELERY_BROKER_URL doit désigner Redis ou Valkey (redis:// ou rediss://).": urlsplit(
            reglages["CELERY_BROKER_URL"]
        ).scheme
        not in {"redis", "rediss"},
        "EMAIL_URL doit désigner un relais de messagerie (smtp).": reglages["EMAIL_BACKEND"] != SMTP,
        "EXPEDITEUR doit être une seule adresse, avec ou sans nom.": not _est_un_expediteur(
            reglages["DEFAULT_FROM_EMAIL"]
        ),
        "MESURES_JETON doit compter au moins 50 caractères tirés au hasard.": bool(reglages["MESURES_JETON"])
        and not _est_tire_au_hasard(reglages["MESURES_JETON"]),
        "MESURES_RESEAUX ne doit nommer que des réseaux privés, écrits 10.0.0.0/24 ; ailleurs, MESURES_JETON.": not all(
            map(_est_un_reseau_prive, reglages["MESURES_RESEAUX"])
        ),
        "MESURES_RESEAUX, derrière un mandataire, demande NOMBRE_DE_MANDATAIRES.": bool(reglages["MESURES_RESEAUX"])
        and bool(reglages.get("SECURE_PROXY_SSL_HEADER"))
        and not reglages["NOMBRE_DE_MANDATAIRES"],
        "MESURES_JETON et MESURES_RESEAUX demandent DOSSIER_DES_MESURES, où se réunissent tous les processus.": bool(
            reglages["MESURES_JETON"] or reglages["MESURES_RESEAUX"]
        )
        and not reglages["DOSSIER_DES_MESURES"],
    }


def _est_un_reseau_prive(reseau: str) -> bool:
    try:
        nomme = ip_network(reseau)
    except ValueError:
        return False
    return any(nomme.version == prive.version and nomme.subnet_of(prive) for prive in RESEAUX_PRIVES)


def _est_tire_au_hasard(secret: str) -> bool:
    return (
        len(secret) >= LONGUEUR_D_UN_SECRET
        and len(set(secret)) >= SIGNES_DIFFERENTS
        and not secret.startswith("django-insecure-")
    )


def _est_servi(domaine: str, hotes: list[str]) -> bool:
    return any(domaine == hote or (hote.startswith(".") and f".{domaine}".endswith(hote)) for hote in hotes)


def _est_un_expediteur(expediteur: str) -> bool:
    try:
        validate_email(parseaddr(expediteur)[1])
    except ValidationError:
        return False
    return not {"\r", "\n", ","} & set(expediteur)
