"""Un imprimé : ce qu'il faut pour rendre un document, avant qu'on le rende, et l'empreinte qui le désigne."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.crypto import salted_hmac

STATIQUES = Path(settings.BASE_DIR) / "static"
# Ce qui change un document sans changer son HTML.
SOURCES = (STATIQUES / "css" / "documents.css", Path(__file__).with_name("moteur_pdf.py"))


@dataclass(frozen=True, slots=True)
class Nommes:
    """Les élèves qu'un document nomme : leurs clés, et de quoi savoir s'ils sont encore ce qu'on a lu d'eux (R40)."""

    cles: frozenset[int]
    tiennent: Callable[[], bool]


PERSONNE = Nommes(frozenset(), lambda: True)


@dataclass(frozen=True, slots=True)
class Imprime:
    """Un document de `templates/documents/` : son nom de fichier, son gabarit, ce qu'il montre, qui il nomme.

    Effacer un élève nommé efface le document gardé (R40).
    """

    nom: str
    gabarit: str
    contexte: dict[str, Any]
    eleves: Nommes

    def html(self) -> str:
        return render_to_string(self.gabarit, self.contexte)


def empreinte_de(html: str) -> str:
    """Empreinte de tout ce qui fait un document : son HTML, la feuille de style, le moteur.

    Le secret de l'application la scelle : qui devine un texte ne peut pas vérifier qu'un document le contient.
    """
    return salted_hmac("courriers.documents", f"{_version_du_rendu()}\n{html}", algorithm="sha256").hexdigest()


@cache
def _version_du_rendu() -> str:
    somme = sha256(version("weasyprint").encode())
    for source in SOURCES:
        somme.update(source.read_bytes())
    return somme.hexdigest()
