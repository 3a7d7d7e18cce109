"""Codes publics des objets : huit caractères tirés au hasard, sans rien de personnel dans une adresse."""

import secrets

from referentiel.rules.identifiants import ALPHABET_DES_CODES, LONGUEUR_DES_CODES


def nouveau_code() -> str:
    return "".join(secrets.choice(ALPHABET_DES_CODES) for _ in range(LONGUEUR_DES_CODES))
