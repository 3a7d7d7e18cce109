"""De vrais octets de classeurs, honnêtes ou hostiles, fabriqués pour les essais."""

import io
import struct
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from xlsxwriter import Workbook

SECTEUR = 512
FIN, LIBRE, TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def xlsx(*lignes: Sequence[Any], formats: Mapping[tuple[int, int], str] | None = None, **ailleurs: Any) -> bytes:
    """XLSX d'une feuille ; `formats` donne un format à des cases, par rang et colonne."""

    def ecrire(classeur: Workbook, feuille: Any) -> None:
        for rang, ligne in enumerate(lignes):
            for colonne, valeur in enumerate(ligne):
                if (format_ := (formats or {}).get((rang, colonne))) is not None:
                    feuille.write_datetime(rang, colonne, valeur, classeur.add_format({"num_format": format_}))
                elif isinstance(valeur, str):
                    feuille.write_string(rang, colonne, valeur)
                else:
                    feuille.write(rang, colonne, valeur)

    return xlsx_ecrit_par(ecrire)


def xlsx_ecrit_par(ecrire: Callable[[Workbook, Any], None]) -> bytes:
    sortie = io.BytesIO()
    with Workbook(sortie, {"in_memory": True}) as classeur:
        ecrire(classeur, classeur.add_worksheet("Feuille"))
    return sortie.getvalue()


def reecrire_le_zip(
    contenu: bytes, remplacer: Mapping[str, bytes] | None = None, ajouter: Iterable[tuple[str, bytes]] = ()
) -> bytes:
    """Le même zip, où des entrées sont remplacées ou ajoutées."""
    sortie = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(contenu)) as ancien, zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as nouveau:
        for nom in ancien.namelist():
            nouveau.writestr(nom, (remplacer or {}).get(nom, ancien.read(nom)))
        for nom, octets in ajouter:
            nouveau.writestr(nom, octets)
    return sortie.getvalue()


def feuille_xml(lignes: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml'
        f'/2006/main"><sheetData>{lignes}</sheetData></worksheet>'
    ).encode()


def ods(lignes: str, *, chiffre: bool = False) -> bytes:
    """ODS dont `lignes` sont les `<table:table-row>`."""
    sortie = io.BytesIO()
    espaces = " ".join(
        f'xmlns:{court}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for court, long in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    contenu = (
        f'<?xml version="1.0"?><office:document-content {espaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="Feuille">{lignes}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest:encryption-data/>" if chiffre else "<manifest/>")
        archive.writestr("content.xml", contenu)
    return sortie.getvalue()


def ligne_ods(*cases: str) -> str:
    textes = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{case}</text:p></table:table-cell>' for case in cases
    )
    return f"<table:table-row>{textes}</table:table-row>"


def xls(*lignes: Sequence[str]) -> bytes:
    """XLS (BIFF8) d'une feuille de textes."""

    def bloc(sorte: int, corps: bytes) -> bytes:
        return struct.pack("<HH", sorte, len(corps)) + corps

    cases = b"".join(
        bloc(0x0204, struct.pack("<HHHHB", rang, colonne, 0, len(texte), 1) + texte.encode("utf-16-le"))
        for rang, ligne in enumerate(lignes)
        for colonne, texte in enumerate(ligne)
    )
    nom = b"Feuille"
    debut = bloc(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)) + bloc(0x0042, struct.pack("<H", 1200))
    position = len(debut) + 4 + 8 + len(nom) + 4
    feuille = bloc(0x0085, struct.pack("<IBBBB", position, 0, 0, len(nom), 0) + nom)
    corps = bloc(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)) + cases + bloc(0x000A, b"")
    return ole({"Workbook": debut + feuille + bloc(0x000A, b"") + corps})


def ole(flux: Mapping[str, bytes]) -> bytes:
    """Fichier composé OLE (MS-CFB) qui porte ces flux, chacun d'au moins 4 096 octets."""
    pleins = {nom: octets.ljust(-(-max(len(octets), 4096) // SECTEUR) * SECTEUR, b"\0") for nom, octets in flux.items()}
    table, corps, entrees = [TABLE, FIN], b"", [_entree("Root Entry", 5, FIN, 0, enfant=1)]
    for rang, (nom, octets) in enumerate(pleins.items(), start=1):
        premier, nombre = len(table), len(octets) // SECTEUR
        table += [*range(premier + 1, premier + nombre), FIN]
        suivant = rang + 1 if rang < len(pleins) else LIBRE
        entrees.append(_entree(nom, 2, premier, len(octets), droite=suivant))
        corps += octets
    repertoire = b"".join(entrees).ljust(SECTEUR, b"\0")
    fat = struct.pack(f"<{len(table)}I", *table).ljust(SECTEUR, b"\xff")
    entete = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, FIN, 0, FIN, 0,
    )  # fmt: skip
    return (entete + struct.pack("<I", 0)).ljust(SECTEUR, b"\xff") + fat + repertoire + corps


def _entree(nom: str, sorte: int, secteur: int, taille: int, *, enfant: int = LIBRE, droite: int = LIBRE) -> bytes:
    ecrit = nom.encode("utf-16-le") + b"\0\0"
    return struct.pack("<64sHBBIII16xI16xIQ", ecrit, len(ecrit), sorte, 1, LIBRE, droite, enfant, 0, secteur, taille)
