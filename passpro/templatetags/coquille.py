"""Les morceaux de la coquille, moulés : chaque page les montre, et n'y change que quelques textes."""

from typing import Any

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from referentiel.formes import mouler
from referentiel.rules.dates import dire_date, dire_heure, jour_de

register = template.Library()

# Ce que chaque morceau lit de « coquille ».
LUS: dict[str, tuple[str, ...]] = {
    "composants/_feuilles.html": (),
    "composants/_entete.html": (
        "connectee",
        "espace",
        "academie_nom",
        "aide_url",
        "administration_url",
        "navigation",
        "demonstration",
        "demonstration_url",
    ),
    "composants/_contexte.html": ("espace", "plusieurs_espaces", "ligne_campagne", "archives"),
    "composants/_pied.html": ("academie_nom", "conformite"),
    "composants/_scripts.html": ("connectee",),
}
AVEC_UN_ENVOI = frozenset({"composants/_entete.html"})


@register.simple_tag(takes_context=True)
def moule(context: template.Context, gabarit: str) -> SafeString:
    """Comme `include`, pour un morceau de `LUS` ; sans « coquille », c'est celui d'une page publique."""
    coquille = context.get("coquille") or {}
    lu: dict[str, Any] = {"coquille": {nom: coquille.get(nom) for nom in LUS[gabarit]}}
    if gabarit in AVEC_UN_ENVOI and coquille.get("connectee"):
        # Le demander pose un témoin : une page publique n'en a pas.
        lu["csrf_token"] = str(context.get("csrf_token") or "")
    return mouler(gabarit, lu | {"marque_etat": bool(context.get("marque_etat"))})


@register.simple_tag
def aujourd_hui() -> str:
    """« 30 avril 2027 »."""
    return dire_date(jour_de(timezone.now()))


@register.simple_tag
def maintenant() -> str:
    """« 30 avril 2027 à 14 h 05 », l'heure où la page s'imprime."""
    instant = timezone.now()
    return f"{dire_date(jour_de(instant))} à {dire_heure(instant)}"
