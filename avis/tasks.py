"""Ce que l'atelier fait sans qu'on le demande : rappeler les comptes-rendus en retard."""

from celery import shared_task
from django.utils import timezone

from avis.services import rappeler_les_retards


@shared_task
def rappeler_les_comptes_rendus() -> None:
    """S'écrit « ce qui est dû maintenant » : un rappel ne part qu'une fois, quel que soit le nombre d'appels."""
    rappeler_les_retards(le=timezone.now())
