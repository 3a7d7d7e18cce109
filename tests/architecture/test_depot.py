"""Ce que le dépôt promet de lui-même : escalier, écritures, gabarits, migrations."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader
from django.template import engines

RACINE = Path(__file__).resolve().parents[2]
APPLICATIONS = (
    "pilotage",
    "conservation",
    "avis",
    "entretiens",
    "candidatures",
    "referentiel",
    "comptes",
    "courriers",
    "passpro",
)
PIECES_QUI_ECRIVENT = {"services", "models", "admin", "management", "migrations"}
GESTES_D_ECRITURE = {
    "save",
    "create",
    "update",
    "delete",
    "get_or_create",
    "update_or_create",
    "bulk_create",
    "bulk_update",
}
# Elle installe ses données comme une commande.
INSTALLATIONS = {("passpro", "demonstration")}


def sources(application: str) -> Iterator[Path]:
    return (RACINE / application).rglob("*.py")


def gabarits() -> list[Path]:
    return sorted((RACINE / "templates").rglob("*.html"))


def test_l_escalier_des_applications_tient():
    lint = Path(sys.executable).with_name("lint-imports")
    resultat = subprocess.run([lint, "--no-logo"], cwd=RACINE, capture_output=True, text=True, check=False)
    assert resultat.returncode == 0, resultat.stdout


@pytest.mark.parametrize("application", APPLICATIONS)
def test_seuls_services_et_modeles_ecrivent(application):
    ecarts = [
        f"{fichier.relative_to(RACINE)}:{ligne} .{geste}("
        for fichier in sources(application)
        if not PIECES_QUI_ECRIVENT & {Path(piece).stem for piece in fichier.relative_to(RACINE).parts}
        and fichier.relative_to(RACINE).parts[:2] not in INSTALLATIONS
        for ligne, geste in ecritures(fichier)
    ]
    assert not ecarts, "\n".join(ecarts)


def ecritures(fichier: Path) -> Iterator[tuple[int, str]]:
    """Appels d'une méthode d'écriture, hors dictionnaires et empreintes."""
    for noeud in ast.walk(ast.parse(fichier.read_text())):
        if not isinstance(noeud, ast.Call) or not isinstance(noeud.func, ast.Attribute):
            continue
        if noeud.func.attr in GESTES_D_ECRITURE and not _hors_de_la_base(noeud):
            yield noeud.lineno, noeud.func.attr


def _hors_de_la_base(appel: ast.Call) -> bool:
    """`contexte.update(autre)` et `pdf.save(fichier)` portent un argument de position, pas une écriture en base."""
    return appel.func.attr in {"update", "save"} and bool(appel.args)


def test_le_releve_des_ecritures_les_voit(tmp_path):
    fautif = tmp_path / "vue.py"
    fautif.write_text("objet.save()\nobjets.filter(pk=1).update(nom='x')\ndictionnaire.update(autre)\n")
    assert list(ecritures(fautif)) == [(1, "save"), (2, "update")]


@pytest.mark.parametrize(
    ("motif", "raison"),
    [
        (r"\son[a-z]+\s*=\s*[\"']", "un attribut d'événement"),
        (r"\sstyle\s*=\s*[\"']", "un style en ligne"),
        (r"<style\b", "une feuille en ligne"),
        (r"<script(?![^>]*\bsrc=)[^>]*>", "un script en ligne"),
        (r"javascript:", "un lien vers un script"),
        (r"\|\s*safe\b|\{%\s*autoescape off|\|\s*safeseq\b", "un texte non échappé"),
        (r"https?://(?!www\.(info|service-public|legifrance|data)\.gouv\.fr)[^\s\"'{<]+", "une adresse extérieure"),
    ],
)
def test_aucun_gabarit_ne_porte_ce_que_la_politique_de_securite_refuse(motif, raison):
    fautifs = [
        f"{gabarit.relative_to(RACINE)} : {trouve.group()}"
        for gabarit in gabarits()
        if not gabarit.is_relative_to(RACINE / "templates" / "courriels")
        and not gabarit.is_relative_to(RACINE / "templates" / "documents")
        for trouve in re.finditer(motif, sans_commentaires(gabarit.read_text()), re.I)
    ]
    assert not fautifs, f"{raison} : " + "\n".join(fautifs)


def sans_commentaires(texte: str) -> str:
    return re.sub(r"\{#.*?#\}", "", texte, flags=re.S)


# La coquille et ces pages partagent leur contexte avec leurs morceaux ; l'administration est celle de Django.
PARTAGENT = {"base.html", "base_minimale.html", "compte_rendu.html"}
CADRES = {"admin", "crispy_dsfr"}


def test_les_inclusions_ne_recoivent_que_ce_qu_elles_nomment():
    fautifs = [
        f"{gabarit.relative_to(RACINE)} : {inclusion}"
        for gabarit in gabarits()
        if gabarit.name not in PARTAGENT and not CADRES & set(gabarit.parts)
        for inclusion in re.findall(r"\{%\s*include\b[^%]*%\}", sans_commentaires(gabarit.read_text()))
        if not re.search(r"\bonly\s*%\}$", inclusion)
    ]
    assert not fautifs, "\n".join(fautifs)


def test_aucune_migration_ne_manque(db):
    sortie = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=sortie)
    assert "No changes" in sortie.getvalue() or "Aucun" in sortie.getvalue()


def test_les_migrations_sont_nommees(db):
    noms = [
        f"{application}.{nom}"
        for application, nom in MigrationLoader(None).disk_migrations
        if application in APPLICATIONS
    ]
    assert noms
    assert [nom for nom in noms if re.search(r"auto_\d|_initial$", nom)] == []


def test_chaque_gabarit_se_compile():
    for gabarit in gabarits():
        engines["html"].get_template(str(gabarit.relative_to(RACINE / "templates")))
