"""Ce que les réglages de la production ferment d'eux-mêmes (T5, T7)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from passpro.verifications import verifier_les_comptes

RACINE = Path(__file__).parents[2]
PRODUCTION = {
    "PASSPRO_MODE": "production",
    "SECRET_KEY": "a-tirer-au-hasard-pour-de-vrai-cinquante-signes-au-moins-0123456789",
    "ALLOWED_HOSTS": "passpro.example",
    "ADRESSE_PUBLIQUE": "https://passpro.example",
    "DATABASE_URL": "postgres://passpro@base.example/passpro",
    "CELERY_BROKER_URL": "redis://courtier.example/0",
    "EMAIL_URL": "smtp://relais.example",
    "EXPEDITEUR": "ne-pas-repondre@passpro.example",
    "DOSSIER_DES_FICHIERS": "/srv/passpro",
}
NOMS = (
    "SESSION_COOKIE_NAME",
    "SESSION_COOKIE_SECURE",
    "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_SAMESITE",
    "CSRF_COOKIE_NAME",
    "CSRF_COOKIE_SECURE",
    "SECOND_FACTEUR_EXIGE",
    "NOMBRE_DE_MANDATAIRES",
)


def reglages_de_la_production() -> dict[str, object]:
    code = f"import json\nfrom passpro import settings as s\nprint(json.dumps({{n: getattr(s, n) for n in {NOMS!r}}}))"
    gardees = {nom: os.environ[nom] for nom in ("PATH", "HOME", "LANG") if nom in os.environ}
    resultat = subprocess.run(
        [sys.executable, "-c", code], cwd=RACINE, env=gardees | PRODUCTION, capture_output=True, text=True, timeout=120
    )
    assert resultat.returncode == 0, resultat.stderr
    return json.loads(resultat.stdout)


def test_la_production_ferme_ses_cookies_et_exige_le_second_facteur():
    assert reglages_de_la_production() == {
        "SESSION_COOKIE_NAME": "__Host-passpro",
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "CSRF_COOKIE_SECURE": True,
        "SECOND_FACTEUR_EXIGE": True,
        "NOMBRE_DE_MANDATAIRES": 0,
    }


@pytest.mark.parametrize(
    ("exige", "entete", "mandataires", "avertis"),
    [
        (True, None, 0, []),
        (True, ("HTTP_X_FORWARDED_PROTO", "https"), 1, []),
        (False, None, 0, ["passpro.W002"]),
        (True, ("HTTP_X_FORWARDED_PROTO", "https"), 0, ["passpro.W003"]),
    ],
    ids=["direct", "mandataire", "relâché", "mandataire-tu"],
)
def test_la_production_avertit_de_ce_qui_la_laisse_ouverte(settings, exige, entete, mandataires, avertis):
    settings.PRODUCTION, settings.SECOND_FACTEUR_EXIGE = True, exige
    settings.SECURE_PROXY_SSL_HEADER, settings.NOMBRE_DE_MANDATAIRES = entete, mandataires
    assert [avertissement.id for avertissement in verifier_les_comptes()] == avertis
