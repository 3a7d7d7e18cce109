"""Le registre des fautes et des menaces : chaque ligne mène à une épreuve qui existe (docs/fiabilite.md)."""

import ast
import re
from functools import cache
from pathlib import Path

RACINE = Path(__file__).resolve().parents[2]
REGISTRE = RACINE / "docs" / "fiabilite.md"
SECTION = re.compile(r"^### ([FT]\d+) ", re.M)
EPREUVE = re.compile(r"`?(tests/[\w/]+\.py)::(?:Test\w+::)?(\w+)")
ATTENDUES = [*(f"F{rang}" for rang in range(1, 13)), *(f"T{rang}" for rang in range(1, 23))]


def sections() -> dict[str, str]:
    """Le texte de chaque ligne du registre, par son code."""
    morceaux = SECTION.split(REGISTRE.read_text())
    return dict(zip(morceaux[1::2], morceaux[2::2], strict=True))


@cache
def epreuves_de(fichier: str) -> frozenset[str]:
    chemin = RACINE / fichier
    arbre = ast.parse(chemin.read_text()) if chemin.exists() else ast.Module([], [])
    return frozenset(noeud.name for noeud in ast.walk(arbre) if isinstance(noeud, ast.FunctionDef))


def test_le_registre_a_toutes_ses_lignes_dans_l_ordre():
    assert list(sections()) == ATTENDUES


def test_chaque_ligne_mene_a_une_epreuve_au_moins():
    assert [code for code, texte in sections().items() if not EPREUVE.search(texte)] == []


def test_chaque_epreuve_citee_existe():
    citees = {(code, *cite) for code, texte in sections().items() for cite in EPREUVE.findall(texte)}
    assert [cite for cite in sorted(citees) if cite[2] not in epreuves_de(cite[1])] == []
