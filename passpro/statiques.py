"""L'adresse d'un fichier statique, qui ne change pas tant que le processus vit : chaque page en écrit une douzaine.

Et ce que l'on en sert pendant que deux versions se croisent (docs/exploitation.md).
"""

import re
from typing import Any

from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage

# « css/passpro.0123456789ab.css » : l'empreinte du contenu, que le stockage de Django met dans le nom.
EMPREINTE = re.compile(r"\.[0-9a-f]{12}(?=\.\w+$)")


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


class StatiquesDeDeuxVersions(WhiteNoiseMiddleware):
    """Une page d'une version peut demander son style à une machine qui est à l'autre.

    L'empreinte inconnue laisse place au fichier du même nom : une page à peine décalée vaut mieux qu'une page nue.
    Cette réponse ne se garde qu'une minute (`WHITENOISE_MAX_AGE`).
    """

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chemin = request.path_info
        sans_empreinte = EMPREINTE.sub("", chemin)
        if chemin not in self.files and sans_empreinte in self.files:
            return self.serve(self.files[sans_empreinte], request)
        return super().__call__(request)
