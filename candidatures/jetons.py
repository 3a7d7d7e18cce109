"""Les jetons des liens sans compte : tirés au hasard, dont la base ne garde que l'empreinte (R21)."""

import hashlib
import secrets

from django.utils.crypto import salted_hmac

OCTETS = 24


def nouveau_jeton() -> str:
    """192 bits tirés au hasard, écrits pour une adresse."""
    return secrets.token_urlsafe(OCTETS)


def empreinte_du_jeton(jeton: str) -> str:
    return hashlib.sha256(jeton.encode()).hexdigest()


def nouveau_code() -> str:
    """Six chiffres."""
    return f"{secrets.randbelow(10**6):06d}"


def empreinte_du_code(code: str, cle: int) -> str:
    """Empreinte d'un code pour une demande : six chiffres se devineraient sans la clé du site."""
    return salted_hmac("candidatures.preinscription.code", f"{cle}:{code}", algorithm="sha256").hexdigest()


def jeton_de_suivi(jeton: str) -> str:
    """Jeton du suivi d'une demande, retrouvé par qui tient le jeton de sa saisie, et par lui seul."""
    return salted_hmac("candidatures.preinscription.suivi", jeton, algorithm="sha256").hexdigest()


def empreinte_de_passage(geste: str, cle: str) -> str:
    """Ce qu'une limite retient d'une adresse : de quoi la reconnaître, pas de quoi la lire."""
    return salted_hmac("candidatures.limites", f"{geste}:{cle}", algorithm="sha256").hexdigest()
