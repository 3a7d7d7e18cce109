"""Ce que plusieurs formulaires partagent : un texte long, et « Autre personne »."""

from typing import Any

from django import forms

# Dans une liste de l'équipe : une personne qui n'en est pas.
AUTRE = "autre"


class TexteLong(forms.CharField):
    """Une zone de texte dont les retours à la ligne comptent pour un caractère, comme à l'écran."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        texte = super().to_python(value)
        return texte.replace("\r\n", "\n").replace("\r", "\n")
