"""Ce que la base refuse se dit comme un refus du métier, jamais comme une erreur du serveur."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from comptes.contraintes import phrase_de_la_contrainte
from referentiel.rules.refus import Refus


@contextmanager
def contraintes_dites() -> Iterator[None]:
    """Écrit tout ou rien, et traduit en `Refus` la violation d'une contrainte, avec sa phrase.

    Se pose sur un bloc, ou sur un service à la place de `transaction.atomic`.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as erreur:
        raise Refus(phrase_de_la_contrainte(erreur)) from erreur
