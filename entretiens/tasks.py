"""Ce que l'atelier fait sans qu'on le demande : tenir les convocations en accord avec ce qui est parti, rappeler
les avis qui manquent."""

from celery import shared_task
from django.utils import timezone

from entretiens.services import rappeler_les_avis_manquants, reprendre_les_convocations


@shared_task
def tenir_les_convocations_a_jour() -> None:
    """S'écrit « ce qui est à reprendre maintenant » : lancée deux fois, elle a le même effet."""
    reprendre_les_convocations(le=timezone.now())


@shared_task
def rappeler_les_avis() -> None:
    """S'écrit « ce qui est dû maintenant » : chaque rappel ne part qu'une fois, quel que soit le nombre d'appels."""
    rappeler_les_avis_manquants(le=timezone.now())
