"""Codes publics des objets : huit caractères tirés au hasard, sans rien de personnel dans une adresse."""

import secrets

from referentiel.rules.identifiants import CODES_POSSIBLES, ecrire_un_code


def nouveau_code() -> str:
    """Un seul tirage pour tout le code : un import en demande des milliers."""
    return ecrire_un_code(secrets.randbelow(CODES_POSSIBLES))
