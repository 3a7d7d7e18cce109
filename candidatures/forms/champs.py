"""Ce que plusieurs formulaires partagent : un texte long, et « Autre personne »."""

from collections.abc import Mapping
from typing import Any

from django import forms

from referentiel.models import Rattachement

# Dans une liste de l'équipe : une personne qui n'en est pas.
AUTRE = "autre"


class TexteLong(forms.CharField):
    """Une zone de texte dont les retours à la ligne comptent pour un caractère, comme à l'écran."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        texte = super().to_python(value)
        return texte.replace("\r\n", "\n").replace("\r", "\n")


def referent_choisi(saisi: Mapping[str, Any], equipe: Mapping[str, Rattachement]) -> tuple[str, str]:
    """Nom et courriel de la personne référente choisie dans `equipe`, ou saisie sous « Autre personne »."""
    if saisi["referent"] == AUTRE:
        return saisi["referent_nom"], saisi["referent_courriel"]
    place = equipe.get(saisi["referent"])
    return (place.personne.nom_affiche, place.personne.courriel) if place else ("", "")
