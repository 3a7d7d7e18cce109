"""Ce que l'horloge demande à plusieurs applications à la fois."""

from celery import shared_task
from django.utils import timezone

from passpro.resumes import poster_les_resumes
from passpro.veille import controler_la_nuit
from referentiel.services.controles import noter_le_battement


@shared_task
def poster_les_resumes_du_jour() -> None:
    """S'écrit « ce qui est dû maintenant » : un résumé ne part qu'une fois par jour, appelée une fois ou dix."""
    poster_les_resumes(le=timezone.now())


@shared_task
def verifier_les_invariants() -> None:
    """S'écrit « ce qui est dû cette nuit » : le contrôle se fait une fois par jour, appelé une fois ou dix."""
    controler_la_nuit(le=timezone.now())


@shared_task
def battre_l_horloge(file: str) -> None:
    """L'horloge a demandé à l'atelier de `file`, qui répond : la page d'état et les mesures le lisent."""
    noter_le_battement(file=file, le=timezone.now())
