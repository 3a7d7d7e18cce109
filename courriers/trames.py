"""Trames échangées avec le moteur PDF : un message précédé de sa longueur, huit octets gros-boutistes."""

import struct
from typing import BinaryIO

LONGUEUR = struct.Struct(">Q")


def lire(entree: BinaryIO) -> bytes | None:
    """Lit un message précédé de sa longueur ; rend `None` à la fin de l'entrée, même au milieu d'un message."""
    entete = entree.read(LONGUEUR.size)
    if len(entete) < LONGUEUR.size:
        return None
    longueur = LONGUEUR.unpack(entete)[0]
    message = entree.read(longueur)
    return message if len(message) == longueur else None


def ecrire(sortie: BinaryIO, message: bytes) -> None:
    sortie.write(LONGUEUR.pack(len(message)) + message)
    sortie.flush()
