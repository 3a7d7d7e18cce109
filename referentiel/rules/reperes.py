"""Les textes que le SAIO et les lycées modifient partent tels qu'ils sont écrits : aucun moteur ne les lit (T13).

La liste des repères que Passpro y remplacerait est fermée, et vide : qui en écrit un croit qu'il sera remplacé, et son
lecteur recevrait des accolades.
"""

import re

REPERES: frozenset[str] = frozenset()
FORME = re.compile(
    r"\{\{[^{}]*\}\}|\{%[^{}]*%\}|\{#[^{}]*#\}|\$?\{[^{}]*\}|%\(\w+\)[sd]|\[\[[^\[\]]*\]\]|<<\s*\w+\s*>>|<%.*?%>"
)
LONGUEUR_CITEE = 40


def pourquoi_pas_ce_texte(texte: str) -> str | None:
    """La raison de refuser un texte qui porte un repère inconnu, nommé ; `None` s'il n'en porte pas."""
    inconnus = (trouve[0] for trouve in FORME.finditer(texte) if trouve[0] not in REPERES)
    if (premier := next(inconnus, None)) is None:
        return None
    cite = premier if len(premier) <= LONGUEUR_CITEE else f"{premier[:LONGUEUR_CITEE]}…"
    return (
        f"«\u00a0{cite}\u00a0» n’est pas un repère connu\u00a0: ce texte part tel qu’il est écrit, "
        "et Passpro n’y remplace rien. Écrivez la phrase en toutes lettres."
    )
