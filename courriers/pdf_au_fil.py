"""Écrire un PDF objet par objet, sans jamais le garder en mémoire.

La norme (ISO 32000-1, 7.5.7 et 7.5.8) range les petits objets par paquets compressés et dit, à la fin du fichier, où
est chacun. Cette table seule grandit : neuf octets par objet.
"""

import zlib
from pathlib import Path
from types import TracebackType
from typing import Self

EN_TETE = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
OBJETS_PAR_PAQUET = 200
PLACE_LIBRE = bytes(9)
DANS_LE_FICHIER, DANS_UN_PAQUET = 1, 2


class FichierPdf:
    """Un PDF qui s'écrit : chaque objet reçoit un numéro, puis son contenu, une fois, dans n'importe quel ordre.

    Les numéros de 1 à `reserves` sont donnés d'avance à qui ouvre le fichier.
    """

    def __init__(self, fichier: Path, *, reserves: int) -> None:
        self._sortie = fichier.open("wb")
        self._sortie.write(EN_TETE)
        self._places = bytearray(PLACE_LIBRE * (reserves + 1))
        self._paquet: list[tuple[int, bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._sortie.close()

    def numero(self) -> int:
        """Un numéro d'objet qui n'a pas servi."""
        self._places += PLACE_LIBRE
        return len(self._places) // len(PLACE_LIBRE) - 1

    def ecrire(self, numero: int, corps: bytes) -> None:
        """Écrit l'objet `numero`, qui n'a pas de flux ; il attend que son paquet soit plein."""
        self._paquet.append((numero, corps))
        if len(self._paquet) == OBJETS_PAR_PAQUET:
            self._fermer_le_paquet()

    def ecrire_un_flux(self, numero: int, dictionnaire: bytes, flux: bytes) -> None:
        """Écrit l'objet `numero` et son flux ; `dictionnaire` en dit la longueur et la compression."""
        self._placer(numero, DANS_LE_FICHIER, self._sortie.tell(), 0)
        self._sortie.write(b"%d 0 obj\n%b\nstream\n%b\nendstream\nendobj\n" % (numero, dictionnaire, flux))

    def achever(self, *, racine: int, informations: int) -> None:
        """Écrit la table des objets, qui désigne le catalogue et les informations du document."""
        self._fermer_le_paquet()
        depart, table = self._sortie.tell(), self.numero()
        renvois = b"/Root %d 0 R/Info %d 0 R/Size %d/W[1 6 2]" % (racine, informations, table + 1)
        self._placer(table, DANS_LE_FICHIER, depart, 0)
        self._ecrire_compresse(table, b"/Type/XRef" + renvois, bytes(self._places))
        self._sortie.write(b"startxref\n%d\n%%%%EOF\n" % depart)

    def _fermer_le_paquet(self) -> None:
        if not self._paquet:
            return
        paquet, self._paquet = self._paquet, []
        numero, debut, index = self.numero(), 0, []
        for rang, (objet, corps) in enumerate(paquet):
            self._placer(objet, DANS_UN_PAQUET, numero, rang)
            index.append(b"%d %d" % (objet, debut))
            debut += len(corps) + 1
        entete = b" ".join(index) + b"\n"
        contenu = entete + b"\n".join(corps for _, corps in paquet)
        self._ecrire_compresse(numero, b"/Type/ObjStm/N %d/First %d" % (len(paquet), len(entete)), contenu)

    def _ecrire_compresse(self, numero: int, cles: bytes, contenu: bytes) -> None:
        flux = zlib.compress(contenu)
        self.ecrire_un_flux(numero, b"<<%b/Filter/FlateDecode/Length %d>>" % (cles, len(flux)), flux)

    def _placer(self, numero: int, genre: int, ou: int, rang: int) -> None:
        place = bytes([genre]) + ou.to_bytes(6) + rang.to_bytes(2)
        self._places[numero * len(place) : (numero + 1) * len(place)] = place
