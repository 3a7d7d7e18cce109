"""Ce que les établissements apprennent par courriel des candidatures (R12, R18, R19, R21, écran 6.6).

Aucun nom d'élève dans un sujet. Un établissement sans adresse lit sa page « À faire ».
"""

from candidatures.emails.creneaux import annoncer_un_creneau_refuse, annoncer_une_demande_de_creneau
from candidatures.emails.retraits import (
    annoncer_un_retrait,
    annoncer_une_annulation,
    annoncer_une_annulation_a_l_accueil,
    annoncer_une_annulation_au_saio,
    rappeler_le_retrait,
)
from candidatures.emails.transferts import (
    annoncer_un_transfert,
    annoncer_un_transfert_refuse,
    annoncer_une_demande_de_transfert,
)

__all__ = [
    "annoncer_un_creneau_refuse",
    "annoncer_un_retrait",
    "annoncer_un_transfert",
    "annoncer_un_transfert_refuse",
    "annoncer_une_annulation",
    "annoncer_une_annulation_a_l_accueil",
    "annoncer_une_annulation_au_saio",
    "annoncer_une_demande_de_creneau",
    "annoncer_une_demande_de_transfert",
    "rappeler_le_retrait",
]
