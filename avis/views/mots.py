"""Les mots que la procédure écarte, rappelés sans rien empêcher : pendant la saisie, puis à l'envoi (R31b)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest

from candidatures.models import Candidature
from referentiel.campagnes_lues import mots_a_rappeler
from referentiel.models import Campagne
from referentiel.rules.mots import mots_ecartes, phrase_de_rappel


def reglages_du_rappel(campagne: Campagne) -> dict[str, Any]:
    """Ce que le script du rappel a à savoir de la campagne."""
    return {"mots": mots_a_rappeler(campagne), "rappel": phrase_de_rappel(["MOTS"])}


def rappeler(request: HttpRequest, campagne: Campagne, texte: str, candidature: Candidature | None = None) -> None:
    """Le même rappel, une fois le texte envoyé ; il nomme l'élève s'il n'y en a qu'un."""
    if rappel := phrase_de_rappel(mots_ecartes(texte, mots_a_rappeler(campagne))):
        de_qui = f"{candidature.eleve.prenom} – " if candidature else ""
        messages.warning(request, f"{de_qui}{rappel}")
