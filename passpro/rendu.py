"""Comment se rendent les composants de saisie des formulaires (réglage `FORM_RENDERER`)."""

from collections.abc import Mapping
from html import escape
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.utils.formats import localize
from django.utils.safestring import SafeString, mark_safe

# Ces gabarits de Django n'écrivent qu'une balise « input ».
BALISES = frozenset(
    f"django/forms/widgets/{nom}.html" for nom in ("text", "hidden", "number", "email", "date", "input", "search")
)
LISTE = "django/forms/widgets/select.html"
OPTION = "django/forms/widgets/select_option.html"


class Rendu(TemplatesSetting):
    """Écrit d'un trait saisies et listes déroulantes, ce que leurs gabarits écriraient ; le reste est à ceux-ci.

    Chaque liste de l'application a ses filtres : leurs gabarits en demandent un par attribut et par choix.
    """

    def render(self, template_name: str, context: Mapping[str, Any], request: Any = None) -> SafeString:
        widget = context.get("widget", {})
        if template_name in BALISES:
            return mark_safe(_balise(widget))  # noqa: S308 - valeurs échappées une à une
        if template_name == LISTE and all(
            option["template_name"] == OPTION for _, options, _ in widget["optgroups"] for option in options
        ):
            return mark_safe(_liste(widget))  # noqa: S308 - valeurs échappées une à une
        return super().render(template_name, context, request)


def _balise(widget: Mapping[str, Any]) -> str:
    valeur = "" if widget["value"] is None else f' value="{_texte(widget["value"])}"'
    type_, nom = _texte(widget["type"]), _texte(widget["name"])
    return f'<input type="{type_}" name="{nom}"{valeur}{_attributs(widget)}>'


def _liste(widget: Mapping[str, Any]) -> str:
    groupes = "".join(_groupe(nom, options) for nom, options, _ in widget["optgroups"])
    return f'<select name="{_texte(widget["name"])}"{_attributs(widget)}>{groupes}\n</select>'


def _groupe(nom: Any, options: list[Mapping[str, Any]]) -> str:
    ecrites = "".join(
        f'\n  <option value="{_texte(option["value"])}"{_attributs(option)}>{_dit(option["label"])}</option>\n'
        for option in options
    )
    return f'\n  <optgroup label="{_dit(nom)}">{ecrites}\n  </optgroup>' if nom else ecrites


def _attributs(widget: Mapping[str, Any]) -> str:
    return "".join(
        f" {_texte(nom)}" if valeur is True else f' {_texte(nom)}="{_texte(valeur)}"'
        for nom, valeur in widget["attrs"].items()
        if valeur is not False
    )


def _texte(valeur: Any) -> str:
    """Une valeur d'attribut, comme le filtre « stringformat » de Django ; échappée, si elle ne l'est déjà."""
    texte = str(valeur)
    return texte if isinstance(texte, SafeString) else escape(texte)


def _dit(valeur: Any) -> str:
    """Un libellé, comme `{{ libelle }}` : un nombre ou une date à la façon de la langue."""
    return _texte(valeur if isinstance(valeur, str) else localize(valeur))
