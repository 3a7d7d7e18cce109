"""Ce qui se demande d'un élève, de ses choix, des avis et d'un désistement ; d'un import, d'une pré-inscription."""

from candidatures.forms.avis import AvisForm
from candidatures.forms.choix import ChoixForm
from candidatures.forms.desistement import DesistementForm
from candidatures.forms.eleves import AGES, NOUVELLE_CLASSE, EleveForm

__all__ = [
    "AGES",
    "NOUVELLE_CLASSE",
    "AvisForm",
    "ChoixForm",
    "DesistementForm",
    "EleveForm",
]
