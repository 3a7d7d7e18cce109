"""Écrire un tableur : XLSX ou CSV, où aucun texte ne devient une formule (R41, T16)."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpResponse
from xlsxwriter import Workbook

from referentiel.rules.dates import PARIS

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
SEPARATEUR = ";"
DEBUTS_DE_FORMULE = ("=", "+", "-", "@", "\t", "\r", "\x00", "＝", "＋", "－", "＠")
LARGEUR_MAXIMALE = 60


@dataclass(frozen=True, slots=True)
class Feuille:
    """Un tableau à écrire : un titre, des en-têtes, des lignes de même longueur qu'eux."""

    titre: str
    entetes: Sequence[str]
    lignes: Iterable[Sequence[Any]]


def en_csv(feuille: Feuille, *, guillemets: bool = False) -> bytes:
    """CSV en UTF-8 avec BOM, point-virgule : il s'ouvre d'un double-clic dans un tableur français.

    `guillemets` entoure chaque case, comme dans les extractions d'Affelnet-Lycée.
    """
    sortie = io.StringIO()
    quand = csv.QUOTE_ALL if guillemets else csv.QUOTE_MINIMAL
    plume = csv.writer(sortie, delimiter=SEPARATEUR, lineterminator="\r\n", quoting=quand)
    plume.writerow(feuille.entetes)
    plume.writerows([_pour_csv(valeur) for valeur in ligne] for ligne in feuille.lignes)
    return sortie.getvalue().encode("utf-8-sig")


def en_xlsx(*feuilles: Feuille) -> bytes:
    """Classeur XLSX, une feuille par tableau : en-têtes figés, filtres posés, colonnes à leur largeur."""
    sortie = io.BytesIO()
    with Workbook(sortie, {"in_memory": True}) as classeur:
        gras = classeur.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        jour = classeur.add_format({"num_format": "dd/mm/yyyy"})
        instant = classeur.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        for feuille in feuilles:
            _ecrire_la_feuille(classeur, feuille, gras, {date: jour, datetime: instant})
    return sortie.getvalue()


def reponse_csv(nom: str, feuille: Feuille) -> HttpResponse:
    return piece_jointe(f"{nom}.csv", en_csv(feuille), CSV)


def reponse_xlsx(nom: str, *feuilles: Feuille) -> HttpResponse:
    return piece_jointe(f"{nom}.xlsx", en_xlsx(*feuilles), XLSX)


def piece_jointe(nom: str, contenu: bytes, type_mime: str) -> HttpResponse:
    """Réponse qui se télécharge sous le nom `nom`."""
    return HttpResponse(
        contenu, content_type=type_mime, headers={"Content-Disposition": f'attachment; filename="{nom}"'}
    )


def sans_formule(texte: str) -> str:
    """Le texte, précédé d'une apostrophe s'il se lirait comme une formule."""
    return f"'{texte}" if texte.startswith(DEBUTS_DE_FORMULE) else texte


def _pour_csv(valeur: Any) -> str:
    if isinstance(valeur, datetime):
        return f"{valeur.astimezone(PARIS):%d/%m/%Y %H:%M}"
    if isinstance(valeur, date):
        return f"{valeur:%d/%m/%Y}"
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    return sans_formule("" if valeur is None else str(valeur)) if not isinstance(valeur, int | float) else str(valeur)


def _ecrire_la_feuille(classeur: Workbook, feuille: Feuille, gras: Any, formats: dict[type, Any]) -> None:
    page = classeur.add_worksheet(feuille.titre[:31])
    largeurs = [len(entete) for entete in feuille.entetes]
    for colonne, entete in enumerate(feuille.entetes):
        page.write_string(0, colonne, entete, gras)
    rang = 0
    for rang, ligne in enumerate(feuille.lignes, start=1):
        for colonne, valeur in enumerate(ligne):
            largeurs[colonne] = max(largeurs[colonne], _ecrire_la_case(page, rang, colonne, valeur, formats))
    for colonne, largeur in enumerate(largeurs):
        page.set_column(colonne, colonne, min(largeur, LARGEUR_MAXIMALE) + 2)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, rang, max(len(feuille.entetes) - 1, 0))


def _ecrire_la_case(page: Any, rang: int, colonne: int, valeur: Any, formats: dict[type, Any]) -> int:
    """Écrit une valeur dans son type ; tout texte l'est comme texte. Rend sa longueur."""
    if isinstance(valeur, datetime):
        page.write_datetime(rang, colonne, valeur.astimezone(PARIS).replace(tzinfo=None), formats[datetime])
        return 16
    if isinstance(valeur, date):
        page.write_datetime(rang, colonne, valeur, formats[date])
        return 10
    if isinstance(valeur, int | float) and not isinstance(valeur, bool):
        page.write_number(rang, colonne, valeur)
        return len(str(valeur))
    texte = _pour_xlsx(valeur)
    page.write_string(rang, colonne, texte)
    return len(texte)


def _pour_xlsx(valeur: Any) -> str:
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    return "" if valeur is None else str(valeur)
