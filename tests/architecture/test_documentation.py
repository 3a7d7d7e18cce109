"""Ce que la documentation nomme existe, et ce que le code cite y est dit."""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from tests.architecture.test_depot import APPLICATIONS, RACINE, sources

PAGES = sorted([*(RACINE / "docs").rglob("*.md"), RACINE / "README.md", RACINE / "CONTRIBUTING.md"])
REGLES = (RACINE / "docs" / "regles.md").read_text()
DOSSIERS = (*APPLICATIONS, "bin", "docs", "fixtures", "outils", "requirements", "static", "templates", "tests")


def _chemins(page: Path) -> Iterator[Path]:
    """Fichiers et dossiers du dépôt qu'une page nomme : ses liens, et les chemins entre accents graves."""
    texte = page.read_text()
    for lien in re.findall(r"\]\(([^)#\s]+)[^)]*\)", texte):
        if not re.match(r"[a-z]+:", lien):
            yield page.parent / lien
    for chemin in re.findall(rf"`((?:{'|'.join(DOSSIERS)})/[\w./-]*)`", texte):
        yield RACINE / chemin


def _cites(motif: str) -> set[str]:
    textes = (fichier.read_text() for fichier in chain.from_iterable(map(sources, APPLICATIONS)))
    return set(chain.from_iterable(re.findall(motif, texte) for texte in textes))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(RACINE)))
def test_chaque_fichier_que_nomme_une_page_existe(page):
    absents = [str(chemin) for chemin in _chemins(page) if not chemin.exists()]
    assert not absents, absents


def test_chaque_regle_citee_par_le_code_a_sa_ligne():
    dites = set(re.findall(r"^\| (R\d+b?) \|", REGLES, flags=re.MULTILINE))
    assert {f"R{rang}" for rang in range(1, 43)} <= dites
    assert _cites(r"\bR\d{1,2}b?\b") <= dites


def test_chaque_ecran_cite_par_le_code_a_sa_ligne():
    dits = set(re.findall(r"\b[OASPC]\d+\b", REGLES.split("## Les écrans")[1]))
    cites = {code for phrase in _cites(r"écrans? ([^).;]*)") for code in re.findall(r"\b[OASPC]\d{1,2}\b", phrase)}
    assert cites <= dits, sorted(cites - dits)
