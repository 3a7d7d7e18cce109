"""Pièces jointes d'un courriel : chacune est fabriquée au moment du départ, par l'application qui la connaît.

Une application déclare sa fabrique dans son `AppConfig.ready()` :
`declarer("convocations.pdf", fabriquer_le_pdf)` ; le courriel garde `{"fabrique": …, "parametres": {…}}`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse


@dataclass(frozen=True, slots=True)
class Piece:
    """Une pièce jointe : nom de fichier, octets, type MIME et paramètres (« text/calendar; method=PUBLISH »)."""

    nom: str
    contenu: bytes
    type_mime: str


def telecharger(piece: Piece) -> HttpResponse:
    """La même pièce, rendue par une page."""
    entete = {"Content-Disposition": f'attachment; filename="{piece.nom}"'}
    return HttpResponse(piece.contenu, content_type=piece.type_mime.partition(";")[0], headers=entete)


Fabrique = Callable[..., Piece]
_fabriques: dict[str, Fabrique] = {}


def declarer(nom: str, fabrique: Fabrique) -> None:
    """Déclare la fabrique `nom` ; la déclarer deux fois garde la dernière."""
    _fabriques[nom] = fabrique


def a_fabriquer(nom: str, /, **parametres: Any) -> dict[str, Any]:
    """Ce qu'un courriel garde d'une pièce à fabriquer ; `parametres` doit s'écrire en JSON."""
    return {"fabrique": nom, "parametres": parametres}


def fabriquer(piece: dict[str, Any]) -> Piece:
    """Fabrique une pièce gardée par un courriel. Lève `KeyError` si sa fabrique n'est pas déclarée."""
    return _fabriques[piece["fabrique"]](**piece["parametres"])
