"""Ce que la base refuse se dit comme un refus du métier, jamais comme une erreur du serveur."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, OperationalError, transaction

from comptes.contraintes import AU_MEME_INSTANT, est_un_croisement, phrase_de_la_contrainte
from referentiel.rules.refus import Refus


@contextmanager
def contraintes_dites() -> Iterator[None]:
    """Écrit tout ou rien, et traduit en `Refus` la violation d'une contrainte, ou un interblocage, avec sa phrase.

    Se pose sur un bloc, ou sur un service à la place de `transaction.atomic`.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as erreur:
        raise Refus(phrase_de_la_contrainte(erreur)) from erreur
    except OperationalError as erreur:
        if not est_un_croisement(erreur):
            raise
        raise Refus(AU_MEME_INSTANT) from erreur
