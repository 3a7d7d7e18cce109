"""Signer une ligne que rien ne doit plus changer (R39, T21).

La clé est celle de l'application, que la base ne connaît pas : qui tient la base, même comme propriétaire, ne peut ni
changer une ligne ni en écrire une sans que la vérification le voie.
"""

import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import models

SIGNATURES = frozenset({"signature", "signature_effacee"})


def signature_de(ligne: models.Model) -> str:
    """Signature de tout ce que dit la ligne, sa clé primaire exceptée : la base ne la donne qu'à l'écriture."""
    return signer(_contenu(ligne))


def signature_effacee_de(ligne: models.Model) -> str:
    """Signature d'une ligne dont la conservation est finie : ce qu'elle dit encore, et sa première signature (R40)."""
    return signer([_contenu(ligne), getattr(ligne, "signature")])  # noqa: B009 - le modèle est abstrait


def est_authentique(ligne: models.Model) -> bool:
    """Vrai si la ligne dit encore ce qu'elle disait à son écriture, ou à son anonymisation, sous la clé du moment ou
    une clé d'avant."""
    if effacee := getattr(ligne, "signature_effacee", ""):
        return est_signe([_contenu(ligne), getattr(ligne, "signature")], effacee)  # noqa: B009 - le modèle est abstrait
    return est_signe(_contenu(ligne), getattr(ligne, "signature"))  # noqa: B009 - le modèle est abstrait


def signer(contenu: Any, cle: str | None = None) -> str:
    """Signature d'un contenu fait de textes, de nombres, de listes et de dictionnaires."""
    ecrit = json.dumps(contenu, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_ecrire)
    secret = sha256(f"passpro.historique{cle or settings.SECRET_KEY}".encode()).digest()
    return hmac.digest(secret, ecrit.encode(), "sha256").hex()


def est_signe(contenu: Any, signature: str) -> bool:
    return any(hmac.compare_digest(signer(contenu, cle), signature) for cle in _cles())


def _cles() -> Iterator[str]:
    yield settings.SECRET_KEY
    yield from settings.SECRET_KEY_FALLBACKS


def _contenu(ligne: models.Model) -> list[Any]:
    champs = (c for c in ligne._meta.concrete_fields if not c.primary_key and c.name not in SIGNATURES)
    return [ligne._meta.db_table, *((champ.column, getattr(ligne, champ.attname)) for champ in champs)]


def _ecrire(valeur: Any) -> str:
    """Un instant s'écrit en temps universel : la base le rend dans un autre fuseau que celui où il fut donné."""
    if isinstance(valeur, datetime):
        return valeur.astimezone(UTC).isoformat()
    return str(valeur)
