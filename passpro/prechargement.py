"""Ce qu'un serveur web charge avant de se partager entre ses processus : les adresses, leurs vues, leurs gabarits.

Sinon chacun le chargerait pour soi, à sa première page, pendant que d'autres attendent ; celui qui remplace un mort, au
plus mauvais moment.
"""

from pathlib import Path

from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse


def precharger() -> None:
    """Charge tout ; n'ouvre aucune connexion, que les processus ne doivent pas se partager."""
    reverse("pilotage:accueil")
    for dossier in map(Path, settings.TEMPLATES[0]["DIRS"]):
        for gabarit in dossier.rglob("*.html"):
            get_template(gabarit.relative_to(dossier).as_posix(), using="html")
