"""Ce que l'atelier fait sans qu'on le demande : tenir les convocations en accord avec ce qui est parti."""

from celery import shared_task
from django.utils import timezone

from entretiens.services import reprendre_les_convocations


@shared_task
def tenir_les_convocations_a_jour() -> None:
    """S'écrit « ce qui est à reprendre maintenant » : lancée deux fois, elle a le même effet."""
    reprendre_les_convocations(le=timezone.now())
