"""Des empreintes de mots de passe rapides à calculer."""

import pytest


@pytest.fixture(autouse=True)
def empreintes_rapides(settings):
    """Argon2 coûte exprès ; ici chaque test se connecte, et aucun ne juge la lenteur d'une empreinte."""
    rapide = "django.contrib.auth.hashers.MD5PasswordHasher"
    settings.PASSWORD_HASHERS = [rapide, *settings.PASSWORD_HASHERS]
