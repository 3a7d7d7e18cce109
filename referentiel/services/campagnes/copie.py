"""Copier ce qui est en base d'une campagne à l'autre."""

from collections.abc import Collection
from typing import Any

from django.db import models


def champs_de(objet: models.Model, *, sauf: Collection[str]) -> dict[str, Any]:
    """Valeurs de l'objet, telles qu'elles sont en base, sans sa clé ni les champs de `sauf`."""
    return {
        champ.attname: getattr(objet, champ.attname)
        for champ in objet._meta.concrete_fields
        if not (champ.primary_key or champ.generated) and champ.name not in sauf
    }


def copier(lignes: models.QuerySet, **remplaces: Any) -> dict[int, models.Model]:
    """Copie `lignes` ; chaque champ remplacé prend une valeur, celle d'une fonction, ou la copie de ce qu'il visait.

    Rend les copies, par clé d'origine.
    """

    def valeur_de(ligne: models.Model, champ: str, remplace: Any) -> Any:
        if isinstance(remplace, dict):
            return remplace[getattr(ligne, f"{champ}_id")]
        return remplace() if callable(remplace) else remplace

    origines = list(lignes.order_by("pk"))
    copies = [
        lignes.model(
            **champs_de(ligne, sauf=remplaces),
            **{champ: valeur_de(ligne, champ, remplace) for champ, remplace in remplaces.items()},
        )
        for ligne in origines
    ]
    lignes.model._base_manager.bulk_create(copies)
    return {origine.pk: copie for origine, copie in zip(origines, copies, strict=True)}
