"""Ce qui se demande des séances, des placements, des présences ; d'une offre, d'une proposition."""

from entretiens.forms.creneaux import CreneauForm, SerieForm
from entretiens.forms.filtres import FiltreDesConvocations, FiltreDuPlanning
from entretiens.forms.placements import AnnulationForm, ChoixDeCreneauForm, DeplacementForm, MotifForm
from entretiens.forms.presences import PresencesForm

__all__ = [
    "AnnulationForm",
    "ChoixDeCreneauForm",
    "CreneauForm",
    "DeplacementForm",
    "FiltreDesConvocations",
    "FiltreDuPlanning",
    "MotifForm",
    "PresencesForm",
    "SerieForm",
]
