"""Le moteur PDF : un processus à part qui transforme du HTML en PDF/UA, limité et remplaçable.

Il dit qu'il est prêt, puis lit sur son entrée une trame de HTML et répond par une trame de PDF (`courriers.trames`).
WeasyPrint n'y lit que les fichiers de polices et d'images du projet : ni réseau, ni autre fichier.
"""

import os
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlparse

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from courriers.trames import ecrire, lire

MEMOIRE_MAXIMALE = 1_500_000_000
POLITESSE = 5
SESSION = Path("/proc/self/autogroup")
PRET = b"pret"


class FichiersDuProjet(URLFetcher):
    """Ne lit que les fichiers d'un dossier ; refuse le réseau et tout autre chemin (T15)."""

    def __init__(self, dossier: Path) -> None:
        super().__init__(allowed_protocols=["file", "data"])
        self.dossier = dossier.resolve()

    def fetch(self, url: str, headers=None):
        adresse = urlparse(url)
        if adresse.scheme == "file" and not Path(unquote(adresse.path)).resolve().is_relative_to(self.dossier):
            raise ValueError("Ce fichier n'appartient pas au projet.")
        return super().fetch(url, headers)


def servir(entree: BinaryIO, sortie: BinaryIO, dossier: Path) -> None:
    """Répond aux demandes jusqu'à la fin de l'entrée, feuille de style et polices lues une seule fois."""
    polices = FontConfiguration()
    fichiers = FichiersDuProjet(dossier)
    style = CSS(filename=dossier / "css" / "documents.css", font_config=polices, url_fetcher=fichiers)
    ecrire(sortie, PRET)
    while (html := lire(entree)) is not None:
        document = HTML(string=html.decode(), base_url=dossier.as_uri() + "/", url_fetcher=fichiers)
        ecrire(sortie, document.write_pdf(stylesheets=[style], font_config=polices, pdf_variant="pdf/ua-1"))


def ceder_le_passage() -> None:
    """Un document peut attendre ; les pages passent avant.

    Linux partage d'ordinaire le processeur entre les sessions, puis entre les processus de chacune : sans le dire aussi
    à la session, qui n'est qu'à ce moteur, la politesse du processus n'aurait aucun effet.
    """
    os.nice(POLITESSE)
    with suppress(OSError):
        SESSION.write_text(str(POLITESSE))


if __name__ == "__main__":
    ceder_le_passage()
    resource.setrlimit(resource.RLIMIT_AS, (MEMOIRE_MAXIMALE, MEMOIRE_MAXIMALE))
    servir(sys.stdin.buffer, sys.stdout.buffer, Path(sys.argv[1]))
