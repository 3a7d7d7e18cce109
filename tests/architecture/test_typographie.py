"""Une phrase montrée ne se coupe jamais avant « : ; ? ! » ni contre un guillemet : l'espace y est insécable."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.test_depot import APPLICATIONS, RACINE, sources

COUPURE = re.compile(r"(?<=\S) (?=[:;?!»](?:[\s<\"'.,)&{`]|$))|(?<=«) ")
# Ce qui n'est pas du texte : commentaires, balises et variables de gabarit, scripts.
MUET = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->|<script.*?</script>", re.S)
BALISE = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.S)
CHAINE = re.compile(r'"([^"]*)"')
# Lus dans un terminal par qui installe.
AU_TERMINAL = {"production.py"}
JOURNAUX = {"journal", "JOURNAL", "logger"}


def test_les_gabarits():
    fautes = [
        f"{gabarit.relative_to(RACINE)} : {phrase}"
        for gabarit in sorted((RACINE / "templates").rglob("*"))
        if gabarit.suffix in {".html", ".txt"}
        for phrase in phrases_coupables(gabarit.read_text())
    ]
    assert not fautes, "\n".join(fautes)


def phrases_coupables(texte: str) -> Iterator[str]:
    sans_code = MUET.sub("\x01", texte)
    balises = re.sub(r"\{#.*?#\}", "", texte, flags=re.S)
    morceaux = [sans_code, *(chaine for balise in BALISE.findall(balises) for chaine in CHAINE.findall(balise))]
    for morceau in morceaux:
        yield from (autour(morceau, trouve) for trouve in COUPURE.finditer(morceau))


def autour(texte: str, trouve: re.Match[str]) -> str:
    return texte[max(0, trouve.start() - 40) : trouve.end() + 20].replace("\n", " ")


def test_les_chaines_du_code():
    """Celles des commandes et du journal se lisent dans un terminal."""
    fautes = [
        f"{fichier.relative_to(RACINE)}:{ligne} : {phrase}"
        for application in APPLICATIONS
        for fichier in sources(application)
        if not {"migrations", "management", "journaux"} & set(fichier.parts) and fichier.name not in AU_TERMINAL
        for ligne, phrase in chaines_coupables(fichier)
    ]
    assert not fautes, "\n".join(fautes)


def chaines_coupables(fichier: Path) -> Iterator[tuple[int, str]]:
    arbre = ast.parse(fichier.read_text())
    tus = {id(noeud) for noeud in jamais_montrees(arbre)}
    for noeud in ast.walk(arbre):
        if isinstance(noeud, ast.Constant) and isinstance(noeud.value, str) and id(noeud) not in tus:
            yield from ((noeud.lineno, autour(noeud.value, trouve)) for trouve in COUPURE.finditer(noeud.value))


def jamais_montrees(arbre: ast.AST) -> Iterator[ast.AST]:
    """Docstrings, lignes de journal, motifs."""
    for noeud in ast.walk(arbre):
        corps = getattr(noeud, "body", None)
        if isinstance(corps, list) and corps and isinstance(corps[0], ast.Expr):
            yield corps[0].value
        if isinstance(noeud, ast.Call) and isinstance(noeud.func, ast.Attribute):
            receveur = noeud.func.value
            if isinstance(receveur, ast.Name) and receveur.id in JOURNAUX | {"re"}:
                yield from (morceau for argument in noeud.args for morceau in ast.walk(argument))


def test_les_scripts():
    fautes = [
        f"{script.name} : {ligne.strip()}"
        for script in sorted((RACINE / "static" / "js").glob("*.js"))
        for ligne in script.read_text().splitlines()
        if not ligne.lstrip().startswith("//")
        for chaine in re.findall(r'"[^"]*"|`[^`]*`', ligne)
        if COUPURE.search(re.sub(r"\$\{[^}]*\}", "\x01", chaine[1:-1]))
    ]
    assert not fautes, "\n".join(fautes)


def test_le_releve_voit_une_coupure_et_laisse_le_code(tmp_path):
    assert list(phrases_coupables("<p>Quoi ?</p>")) == ["<p>Quoi ?</p>"]
    assert list(phrases_coupables('{% include "a.html" with titre="Fin :" only %}')) == ["Fin :"]
    assert not list(phrases_coupables("<p>Quoi&nbsp;?</p>{# vu : rien #}"))
    fautif = tmp_path / "vue.py"
    fautif.write_text('"""Docstring : tue."""\njournal.error("perdu : %s", x)\nmessage = "Date : lundi"\n')
    assert list(chaines_coupables(fautif)) == [(3, "Date : lundi")]
