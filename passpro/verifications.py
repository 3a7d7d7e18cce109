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


@checks.register()
def verifier_les_comptes(**_: Any) -> list[checks.CheckMessage]:
    """Avertit, en production, d'un second facteur relâché et d'adresses que tous partageraient (T6, T7)."""
    if not settings.PRODUCTION:
        return []
    avertis = []
    if not settings.SECOND_FACTEUR_EXIGE:
        sans = "Le SAIO et l’administration s’ouvrent avec un seul mot de passe."
        avertis.append(checks.Warning("SECOND_FACTEUR_EXIGE est à 0.", hint=sans, id="passpro.W002"))
    if settings.SECURE_PROXY_SSL_HEADER and not settings.NOMBRE_DE_MANDATAIRES:
        tous = "Derrière un mandataire, toutes les personnes partageraient la même adresse, donc les mêmes essais."
        avertis.append(checks.Warning("NOMBRE_DE_MANDATAIRES est à 0.", hint=tous, id="passpro.W003"))
    return avertis
