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
# Colonnes venues après les premières lignes : vides, elles ne changent rien à ce qui fut signé.
AJOUTEES = frozenset({"campagne"})


class LigneInalterable(models.Model):
    """Une ligne qui s'écrit une fois : la base refuse de la modifier ou de l'effacer, sa signature le prouve (T21)."""

    signature = models.CharField("signature", max_length=64, blank=True, editable=False)

    class Meta:
        abstract = True

    def save(self, *arguments: Any, **options: Any) -> None:
        self.signature = self.signature or signature_de(self)
        super().save(*arguments, **options)


def signature_de(ligne: LigneInalterable) -> str:
    """Signature de tout ce que dit la ligne, sa clé primaire exceptée : la base ne la donne qu'à l'écriture."""
    return signer(_contenu(ligne))


def signature_effacee_de(ligne: LigneInalterable) -> str:
    """Signature d'une ligne dont la conservation est finie : ce qu'elle dit encore, et sa première signature (R40)."""
    return signer([_contenu(ligne), ligne.signature])


def est_authentique(ligne: LigneInalterable) -> bool:
    """Vrai si la ligne dit encore ce qu'elle disait à son écriture, ou à son anonymisation, sous la clé du moment ou
    une clé d'avant."""
    if effacee := getattr(ligne, "signature_effacee", ""):
        return est_signe([_contenu(ligne), ligne.signature], effacee)
    return est_signe(_contenu(ligne), ligne.signature)


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


def _contenu(ligne: LigneInalterable) -> list[Any]:
    champs = (
        champ
        for champ in ligne._meta.concrete_fields
        if not champ.primary_key and champ.name not in SIGNATURES
        if champ.name not in AJOUTEES or getattr(ligne, champ.attname) is not None
    )
    return [ligne._meta.db_table, *((champ.column, getattr(ligne, champ.attname)) for champ in champs)]


def _ecrire(valeur: Any) -> str:
    """Un instant s'écrit en temps universel : la base le rend dans un autre fuseau que celui où il fut donné."""
    if isinstance(valeur, datetime):
        return valeur.astimezone(UTC).isoformat()
    return str(valeur)
