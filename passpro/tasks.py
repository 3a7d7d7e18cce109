"""Ce que l'horloge demande à plusieurs applications à la fois."""

from celery import shared_task
from django.utils import timezone

from passpro.resumes import poster_les_resumes


@shared_task
def poster_les_resumes_du_jour() -> None:
    """S'écrit « ce qui est dû maintenant » : un résumé ne part qu'une fois par jour, appelée une fois ou dix."""
    poster_les_resumes(le=timezone.now())
