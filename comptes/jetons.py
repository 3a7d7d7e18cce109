"""Les jetons des liens : tirés au hasard, dont la base ne garde que l'empreinte (R21, R38)."""

import hashlib
import secrets

OCTETS = 24


def nouveau_jeton() -> str:
    """192 bits tirés au hasard, écrits pour une adresse."""
    return secrets.token_urlsafe(OCTETS)


def empreinte_du_jeton(jeton: str) -> str:
    return hashlib.sha256(jeton.encode()).hexdigest()
