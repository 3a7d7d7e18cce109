"""Une campagne prise, et encore ouverte aux changements."""

from referentiel.models import Campagne
from referentiel.rules.refus import Refus


def verrouiller(campagne: Campagne) -> Campagne:
    """Prend la campagne, avec ses règles et ses périodes."""
    return Campagne.objects.select_for_update(of=("self",)).avec_regles().get(pk=campagne.pk)


def exiger_non_close(campagne: Campagne) -> None:
    """Lève `Refus` si la campagne est close (R1)."""
    if campagne.etat == Campagne.Etat.CLOSE:
        raise Refus(f"La campagne «\u00a0{campagne.intitule}\u00a0» est close\u00a0: plus rien n’y change.")
