"""Des champs qui ignorent ce qu'ils ne connaissent pas, et une longue liste écrite d'un trait."""

from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class ListeLongue(forms.Select):
    """Une liste à des centaines de choix, écrite d'un trait : un gabarit par choix coûterait plus que la page."""

    def render(self, name: str, value: Any, attrs: dict | None = None, renderer: Any = None) -> SafeString:
        choix = ((cle, " selected" if cle == (value or "") else "", libelle) for cle, libelle in self.choices)
        options = format_html_join("\n", '<option value="{}"{}>{}</option>', choix)
        return format_html(
            '<select name="{}"{}>{}</select>', name, flatatt(self.build_attrs(self.attrs, attrs)), options
        )


class ChoixConnu(forms.ChoiceField):
    """Une valeur de la liste, ou rien : une valeur inconnue est ignorée, jamais une erreur."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)

    def to_python(self, valeur: Any) -> str:
        lue = super().to_python(valeur)
        return lue if self.valid_value(lue) else ""


class ChoixConnus(forms.MultipleChoiceField):
    """Des valeurs de la liste ; celles qui n'y sont pas sont ignorées."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)

    def to_python(self, valeur: Any) -> list[str]:
        return [lue for lue in super().to_python(valeur) if self.valid_value(lue)]


class TexteCherche(forms.CharField):
    """Un texte à chercher ; trop long, il est coupé."""

    def __init__(self, *, longueur: int, **options: Any) -> None:
        self.longueur = longueur
        super().__init__(
            required=False, widget=forms.TextInput(attrs={"type": "search", "maxlength": longueur}), **options
        )

    def to_python(self, valeur: Any) -> str:
        return super().to_python(valeur)[: self.longueur]
