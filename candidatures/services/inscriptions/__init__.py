"""Inscrire un élève, ou plusieurs : leurs candidatures, leurs formations, les brouillons de la démarche (R14, R15)."""

from candidatures.services.inscriptions.choix import Choix, exiger_un_choix_juste, modalite_a_l_inscription
from candidatures.services.inscriptions.inscription import (
    empechements,
    inscrire,
    inscrire_plusieurs,
    preparer_l_inscription,
)
from candidatures.services.inscriptions.modification import modifier_les_formations

__all__ = [
    "Choix",
    "empechements",
    "exiger_un_choix_juste",
    "inscrire",
    "inscrire_plusieurs",
    "modalite_a_l_inscription",
    "modifier_les_formations",
    "preparer_l_inscription",
]
