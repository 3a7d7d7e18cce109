"""Des moules : un gabarit rendu une fois par cas, où chaque ligne met ensuite ses valeurs.

Une page qui montre des dizaines de lignes semblables paie à chacune le parcours du même gabarit. On le rend une fois
par cas, avec des repères à la place de ce qui change ; une ligne n'a plus qu'à y mettre ses textes.

    @lru_cache(MOULES_GARDES)
    def _ligne(est_libre: bool) -> Moule:
        return Moule.du_gabarit("…/_ligne.html", {"est_libre": est_libre}, varient=("horaire", "eleve"))

    _ligne(True).remplir(horaire="14 h 30", eleve=eleve)

- Varie ce que le gabarit écrit tel quel, `{{ eleve }}`, dans un texte ou entre les guillemets d'un attribut. Ce qu'il
  teste (`{% if %}`) désigne un cas : c'est un argument de la fonction gardée. Ce qu'il transforme (`lower`, `date`,
  `linebreaksbr`) ne verrait que le repère : la valeur se donne transformée.
- `remplir` échappe chaque valeur, comme un gabarit ; seul passe tel quel un `SafeString`, ainsi une ligne déjà moulée.
- Un moule se remplit par `%` : les `%` du gabarit y sont doublés, ceux d'une valeur ne sont pas relus.
- Les repères sont tirés au sort au démarrage : aucune valeur, même hostile, ne se prend pour l'un d'eux.
- Rien de la base n'est gardé dans un moule, si les cas n'en viennent pas ; un gabarit changé se lit au redémarrage.
"""

import re
import secrets
from collections.abc import Collection, Mapping
from html import escape
from typing import Any, Self

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

# Par fonction gardée : bien plus que de cas courants, assez peu pour que des cas inventés ne prennent pas la mémoire.
MOULES_GARDES = 64
TIRAGE = secrets.token_hex(8)
REPERE = re.compile(f"{TIRAGE}_([a-z_]+)_{TIRAGE}")


def repere(nom: str) -> str:
    """Ce qui, dans un rendu, tient la place de la valeur de ce nom : des lettres, des chiffres et des « _ »."""
    return f"{TIRAGE}_{nom}_{TIRAGE}"


class Moule:
    """Un rendu où des repères attendent leurs valeurs."""

    __slots__ = ("_texte",)

    def __init__(self, rendu: str) -> None:
        self._texte = REPERE.sub(r"%(\1)s", rendu.replace("%", "%%"))

    @classmethod
    def du_gabarit(cls, gabarit: str, cas: Mapping[str, Any], *, varient: Collection[str]) -> Self:
        """Moule d'un gabarit dans un cas ; `varient` nomme les variables qui n'en sont pas."""
        return cls(render_to_string(gabarit, {**cas, **{nom: repere(nom) for nom in varient}}))

    def remplir(self, **valeurs: Any) -> SafeString:
        """Le rendu d'une ligne. Lève `KeyError` s'il manque une valeur."""
        echappees = {
            nom: valeur if isinstance(valeur, SafeString) else escape(str(valeur)) for nom, valeur in valeurs.items()
        }
        return mark_safe(self._texte % echappees)  # noqa: S308 - gabarit rendu par Django, valeurs échappées ci-dessus
