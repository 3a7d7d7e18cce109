"""Le champ que partagent l'avis d'origine et le compte-rendu."""

from typing import Any

from django import forms


class TexteLong(forms.CharField):
    """Une zone de texte dont les retours à la ligne comptent pour un caractère, comme à l'écran."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        texte = super().to_python(value)
        return texte.replace("\r\n", "\n").replace("\r", "\n")
