"""Ce qui s'écrit au journal : des faits, jamais une donnée personnelle (R40, T20)."""

from passpro.journaux.lignes import EnJson, EnLigne
from passpro.journaux.requetes import JournalDesRequetes, reference_de

__all__ = ["EnJson", "EnLigne", "JournalDesRequetes", "reference_de"]
