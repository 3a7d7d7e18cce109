"""Le moteur des classeurs : un processus d'un seul usage, borné, qui lit un XLSX, un XLS ou un ODS.

Le classeur entre par l'entrée standard ; un objet JSON sort : `{"lignes": [[numéro, [cases]], …]}`, ou
`{"refus": clé}` quand le fichier ne se lit pas. Une date y est `{"jour": …}`, un instant `{"instant": …}`.
Il ne connaît ni Django ni le projet : on le lance comme un fichier, sans environnement (T17).
"""

import io
import json
import math
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import (
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

SECONDES_DE_CALCUL = 4
MEMOIRE_MAXIMALE = 300_000_000
ENTREES_AU_PLUS = 1_000
OCTETS_DEPLIES_AU_PLUS = 100_000_000
COLONNES_AU_PLUS = 500
CASES_AU_PLUS = 2_000_000
SIGNES_AU_PLUS = 20_000_000
MORCEAU = 65_536
CLASSEURS = ("xl/workbook.xml", "xl/workbook.bin")
MIME_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
PAQUET_CHIFFRE = "EncryptedPackage".encode("utf-16-le")


class Illisible(Exception):
    """Le classeur ne se lit pas ; `cle` dit pourquoi."""

    def __init__(self, cle: str) -> None:
        super().__init__(cle)
        self.cle = cle


def lire_le_classeur(contenu: bytes, lignes_au_plus: int) -> list[tuple[int, list[Any]]]:
    """Numéro et cases de chaque ligne de la première feuille visible qui en a. Lève `Illisible`."""
    if contenu.startswith(b"PK"):
        controler_l_archive(contenu)
    elif PAQUET_CHIFFRE in contenu:
        raise Illisible("mot_de_passe")
    feuille = _premiere_feuille(CalamineWorkbook.from_filelike(io.BytesIO(contenu)))
    if feuille is None:
        return []
    debut, fin = feuille.start or (0, 0), feuille.end or (0, 0)
    if fin[1] - debut[1] >= COLONNES_AU_PLUS:
        raise Illisible("colonnes")
    return list(_dans_les_bornes(feuille, debut[0], lignes_au_plus))


def controler_l_archive(contenu: bytes) -> None:
    """Ouvre chaque entrée du zip et compte ce qu'elle donne vraiment, sans croire les tailles déclarées."""
    try:
        with zipfile.ZipFile(io.BytesIO(contenu)) as archive:
            entrees = archive.infolist()
            _controler_les_entrees(entrees)
            _controler_les_tailles(archive, entrees)
            _controler_la_sorte(archive, {entree.filename for entree in entrees})
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, zlib.error) as erreur:
        raise Illisible("abime") from erreur


def _controler_les_entrees(entrees: list[zipfile.ZipInfo]) -> None:
    if len(entrees) > ENTREES_AU_PLUS:
        raise Illisible("demesure")
    if any(entree.flag_bits & 0x1 for entree in entrees):
        raise Illisible("mot_de_passe")
    noms = [entree.filename for entree in entrees]
    if len(set(noms)) < len(noms) or any(_sort_du_dossier(nom) for nom in noms):
        raise Illisible("abime")
    if any(entree.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entree in entrees):
        raise Illisible("abime")


def _sort_du_dossier(nom: str) -> bool:
    return nom.startswith("/") or "\\" in nom or ".." in nom.split("/")


def _controler_les_tailles(archive: zipfile.ZipFile, entrees: list[zipfile.ZipInfo]) -> None:
    reste = OCTETS_DEPLIES_AU_PLUS
    for entree in entrees:
        declare, entree.file_size = entree.file_size, reste + 1
        deplie = 0
        with archive.open(entree) as flux:
            while morceau := flux.read(MORCEAU):
                deplie += len(morceau)
                if deplie > reste:
                    raise Illisible("demesure")
        entree.file_size = declare
        if deplie != declare:
            raise Illisible("abime")
        reste -= deplie


def _controler_la_sorte(archive: zipfile.ZipFile, noms: set[str]) -> None:
    if noms.intersection(CLASSEURS):
        return
    if "mimetype" not in noms or not archive.read("mimetype").startswith(MIME_ODS):
        raise Illisible("format")
    if "META-INF/manifest.xml" in noms and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise Illisible("mot_de_passe")


def _premiere_feuille(classeur: CalamineWorkbook) -> CalamineSheet | None:
    """La première feuille visible qui n'est pas vide : la seule lue."""
    for rang, feuille in enumerate(classeur.sheets_metadata):
        if feuille.typ == SheetTypeEnum.WorkSheet and feuille.visible == SheetVisibleEnum.Visible:
            lue = classeur.get_sheet_by_index(rang)
            if lue.height:
                return lue
    return None


def _dans_les_bornes(feuille: CalamineSheet, debut: int, lignes_au_plus: int) -> Iterator[tuple[int, list[Any]]]:
    lignes = cases = signes = 0
    for numero, brutes in enumerate(feuille.iter_rows(), start=1):
        if numero <= debut or not any(case != "" for case in brutes):
            continue
        lignes, cases = lignes + 1, cases + len(brutes)
        signes += sum(len(case) for case in brutes if isinstance(case, str))
        if lignes > lignes_au_plus:
            raise Illisible("lignes")
        if cases > CASES_AU_PLUS or signes > SIGNES_AU_PLUS:
            raise Illisible("demesure")
        yield numero, [_case(case) for case in brutes]


def _case(valeur: Any) -> Any:
    if isinstance(valeur, datetime):
        return {"jour": valeur.date().isoformat()} if valeur.time() == time() else {"instant": valeur.isoformat()}
    if isinstance(valeur, date):
        return {"jour": valeur.isoformat()}
    if isinstance(valeur, time | timedelta):
        return str(valeur)
    if isinstance(valeur, float):
        return _nombre(valeur)
    return valeur


def _nombre(valeur: float) -> float | int | str:
    if not math.isfinite(valeur):
        return ""
    return int(valeur) if valeur.is_integer() and abs(valeur) < 1e15 else valeur


def _repondre(contenu: bytes, lignes_au_plus: int) -> dict[str, Any]:
    try:
        return {"lignes": lire_le_classeur(contenu, lignes_au_plus)}
    except Illisible as illisible:
        return {"refus": illisible.cle}
    except PasswordError:
        return {"refus": "mot_de_passe"}
    except MemoryError:
        return {"refus": "demesure"}
    except Exception:
        return {"refus": "abime"}


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMOIRE_MAXIMALE, MEMOIRE_MAXIMALE))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDES_DE_CALCUL, SECONDES_DE_CALCUL))
    json.dump(_repondre(sys.stdin.buffer.read(), int(sys.argv[1])), sys.stdout)
