"""L'adresse d'un fichier statique : elle ne change pas tant que le processus vit, chaque page en écrit une douzaine."""

from typing import Any

from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class _AdressesGardees:
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._adresses: dict[str, str] = {}

    def url(self, name: str, force: bool = False) -> str:
        """L'adresse du fichier `name`, calculée la première fois."""
        if force:
            return super().url(name, force)
        if name not in self._adresses:
            self._adresses[name] = super().url(name)
        return self._adresses[name]


class Statiques(_AdressesGardees, StaticFilesStorage):
    """Hors de la production : les fichiers tels quels."""


class StatiquesEnProduction(_AdressesGardees, CompressedManifestStaticFilesStorage):
    """Chaque fichier sous un nom qui change avec son contenu."""
