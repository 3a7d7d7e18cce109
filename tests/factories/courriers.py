"""Courriels des tests, posés par le service."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from courriers.models import Courriel
from courriers.services import poster


def un_courriel(
    cle: str = "essai", *, destinataire: str = "ce.0941234a@creteil.example", le: datetime | None = None, **champs
) -> Courriel:
    """Un courriel dû, posté dans sa propre transaction."""
    with transaction.atomic():
        return poster(
            cle=cle,
            nature="essai",
            destinataire=destinataire,
            sujet="Passpro : essai",
            gabarit="courriels/essai",
            contexte={"texte": "essai <b>"},
            le=le or timezone.now() - timedelta(seconds=1),
            **champs,
        )
