"""Écritures sur les élèves et les candidatures (R11 à R20)."""

from datetime import datetime

from django.db import transaction

from candidatures.models import Candidature
from candidatures.rules import Etat, peut_passer
from comptes.models import Personne
from comptes.services import consigner
from referentiel.rules.refus import Refus


@transaction.atomic
def faire_passer(
    *, candidature: Candidature, vers: Etat, fait: str, phrase: str, par: Personne | None, le: datetime
) -> None:
    """Fait passer une candidature d'un état à l'autre et l'écrit dans son historique (écran 6.5, R39).

    La ligne de la candidature doit être verrouillée par l'appelant. Lève `Refus` si la suite est interdite.
    """
    de = Etat(candidature.etat)
    if not peut_passer(de, vers):
        raise Refus(f"Cette candidature est « {candidature.get_etat_display()} » : cette action n’est plus possible.")
    candidature.etat = vers
    candidature.save(update_fields=["etat", "modifiee_le"])
    consigner(objet=candidature, fait=fait, phrase=phrase, par=par, le=le, avant={"etat": de}, apres={"etat": vers})
