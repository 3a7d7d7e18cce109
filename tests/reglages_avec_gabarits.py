"""Réglages de l'application, avec les gabarits d'essai en plus."""

from passpro.settings import *  # noqa: F403
from passpro.settings import BASE_DIR, TEMPLATES

TEMPLATES = [moteur | {"DIRS": [*moteur["DIRS"], BASE_DIR / "tests" / "gabarits"]} for moteur in TEMPLATES]
