"""Importer, exporter et sauvegarder le catalogue d'une campagne (R7, R8, R9, écran S6)."""

from referentiel.services.import_catalogue.comparaison import (
    comparer_le_catalogue,
    ecrire_le_catalogue,
    exiger_un_catalogue_modifiable,
)
from referentiel.services.import_catalogue.export import lignes_du_catalogue

__all__ = [
    "comparer_le_catalogue",
    "ecrire_le_catalogue",
    "exiger_un_catalogue_modifiable",
    "lignes_du_catalogue",
]
