"""Les codes et les jetons propres aux pré-inscriptions (R21) ; un jeton au hasard vient de `comptes.jetons`."""

import secrets

from django.utils.crypto import salted_hmac


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
