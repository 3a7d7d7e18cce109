"""Ce que Django vérifie au démarrage : une installation en production dit qui elle est."""

from typing import Any

from django.conf import settings
from django.core import checks

from pilotage.mentions import mentions_manquantes

EXPLICATION = "La page «\u00a0Mentions légales\u00a0» reste générale\u00a0: la loi demande ces noms."


@checks.register()
def verifier_les_mentions_legales(**_: Any) -> list[checks.CheckMessage]:
    """Avertit, en production, de ce que les pages légales ne disent pas encore."""
    if not settings.PRODUCTION:
        return []
    manques = mentions_manquantes()
    if not settings.DELEGUES_A_LA_PROTECTION_DES_DONNEES:
        manques.append("DELEGUES_A_LA_PROTECTION_DES_DONNEES")
    return [checks.Warning(f"{reglage} est vide.", hint=EXPLICATION, id="passpro.W001") for reglage in manques]
