"""Les rares calculs d'affichage qu'un gabarit ne sait pas faire seul."""

from decimal import Decimal
from typing import Any

from django import template
from django.forms import CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect, Select, Textarea
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString, mark_safe

from referentiel.formes import mouler

register = template.Library()


@register.filter
def sorte(champ: BoundField) -> str:
    """Dit comment présenter un champ.

    Rend « cases », « radios », « case », « groupe », « fichier », « liste » ou « saisie ».
    L'ordre compte : `CheckboxSelectMultiple` hérite de `RadioSelect`, il se reconnaît donc d'abord.
    """
    composant = champ.field.widget
    if isinstance(composant, CheckboxSelectMultiple):
        return "cases"
    if isinstance(composant, RadioSelect):
        return "radios"
    if isinstance(composant, CheckboxInput):
        return "case"
    if isinstance(composant, FileInput):
        return "fichier"
    if composant.use_fieldset:
        return "groupe"
    if isinstance(composant, Select):
        return "liste"
    return "saisie"


@register.simple_tag
def champ(champ: BoundField, classe: str = "", decrit_par: str = ""):
    """Rend le composant de saisie d'un champ en ajoutant des classes et un identifiant de description."""
    composant = champ.field.widget
    attributs = {}
    classes = f"{composant.attrs.get('class', '')} {classe}".split()
    if classes:
        attributs["class"] = " ".join(dict.fromkeys(classes))
    if decrit_par:
        deja = composant.attrs.get("aria-describedby") or champ.aria_describedby or ""
        attributs["aria-describedby"] = f"{deja} {decrit_par}".strip()
    if champ.errors and champ.use_fieldset:
        attributs["aria-invalid"] = "true"
    return champ.as_widget(attrs=attributs)


CLASSES = {"liste": "fr-select", "fichier": "fr-upload"}


@register.simple_tag
def saisie(field: BoundField, sorte: str, sans_mention: Any = False, libelle_cache: Any = False) -> SafeString:
    """Un champ entier, libellé, aide et erreurs compris ; `sorte` : « liste », « fichier » ou « saisie »."""
    erreurs, maximum = field.errors, field.field.widget.attrs.get("maxlength")
    compte = sorte == "saisie" and bool(maximum) and isinstance(field.field.widget, Textarea)
    facultatif = not (field.field.required or field.field.disabled)
    contexte = {
        "composant": champ(field, CLASSES.get(sorte, "fr-input"), f"{field.auto_id}_compteur" if compte else ""),
        "libelle": str(field.label),
        "id": field.auto_id,
        "pour": field.id_for_label,
        "liste": sorte == "liste",
        "fichier": sorte == "fichier",
        "libelle_cache": bool(libelle_cache),
        "optionnel": facultatif and not sans_mention and not getattr(field.form, "sans_mention_optionnel", False),
        "aide": str(field.help_text),
        "maximum": str(maximum) if compte else "",
        "erreurs": [str(erreur) for erreur in erreurs],
    }
    return mouler("crispy_dsfr/_saisie.html", contexte)


@register.filter
def ancre(champ: BoundField) -> str:
    """L'identifiant du premier élément de saisie d'un champ : la cible d'un lien du résumé des erreurs."""
    return champ.id_for_label or f"{champ.auto_id}_0"


@register.filter
def description(champ: BoundField) -> str:
    """Les identifiants de l'aide et de l'erreur d'un champ, dans l'ordre où Django 5.2 les donne."""
    identifiants = []
    if champ.help_text:
        identifiants.append(f"{champ.auto_id}_helptext")
    if champ.errors:
        identifiants.append(f"{champ.auto_id}_error")
    return " ".join(identifiants)


@register.filter
def lettre(libelle: str) -> str:
    """La touche d'un choix : « p » pour « Présence », « r » pour « À reporter »."""
    mots = [mot for mot in str(libelle).split() if len(mot) > 1]
    return mots[0][:1].lower() if mots else ""


@register.filter
def en_bandes(parts) -> list[dict]:
    """Place des parts bout à bout sur une barre de largeur 100.

    `parts` : objets ou dictionnaires portant `libelle` et `nombre`. Rend `x` et `largeur` sous forme de texte
    au point décimal, prêts pour un attribut SVG, quelle que soit la langue active.
    """

    def lire(part, nom):
        return part[nom] if isinstance(part, dict) else getattr(part, nom)

    releve = [(lire(part, "libelle"), int(lire(part, "nombre"))) for part in parts]
    total = sum(nombre for _, nombre in releve)
    bandes, x = [], Decimal(0)
    for rang, (libelle, nombre) in enumerate(releve, start=1):
        largeur = Decimal(nombre) * 100 / total if total else Decimal(0)
        bandes.append(
            {
                "rang": rang,
                "libelle": libelle,
                "nombre": nombre,
                "x": f"{x:.3f}",
                "largeur": f"{largeur:.3f}",
                "fin": f"{x + largeur:.3f}",
            }
        )
        x += largeur
    return bandes


PARTIES_DE_DATE = {"day": "Jour", "month": "Mois", "year": "Année"}


@register.filter
def parties(champ: BoundField) -> list[dict]:
    """Les saisies jointes d'un champ (date en trois listes, `MultiWidget`), chacune avec son libellé.

    Le libellé d'une partie est l'attribut `aria-label` ou `title` de son composant ; pour `SelectDateWidget`,
    c'est « Jour », « Mois » ou « Année ». Sans libellé connu, celui du champ, suivi du rang, en tient lieu.
    """
    composant = champ.field.widget
    attributs = {"id": champ.auto_id}
    if champ.field.required and champ.form.use_required_attribute:
        attributs["required"] = True
    if champ.errors:
        attributs["aria-invalid"] = "true"
    if champ.field.disabled:
        attributs["disabled"] = True
    rendus = []
    contexte = composant.get_context(champ.html_name, champ.value(), composant.build_attrs(composant.attrs, attributs))
    for rang, partie in enumerate(contexte["widget"]["subwidgets"], start=1):
        attrs = partie["attrs"]
        libelle = attrs.pop("aria-label", None) or attrs.pop("title", None)
        if not libelle:
            libelle = PARTIES_DE_DATE.get(partie["name"].rsplit("_", 1)[-1], f"{champ.label}, partie {rang}")
        classe = "fr-select" if "optgroups" in partie else "fr-input"
        attrs["class"] = f"{attrs.get('class', '')} {classe}".strip()
        html = champ.form.renderer.render(partie["template_name"], {"widget": partie})
        rendus.append({"libelle": libelle, "id": attrs.get("id"), "html": mark_safe(html)})  # noqa: S308 - rendu par Django
    return rendus
