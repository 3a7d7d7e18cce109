"""Ce que l'atelier fait sans qu'on le demande : effacer les pré-inscriptions jamais envoyées (R40)."""

from celery import shared_task
from django.utils import timezone

from candidatures.services.preinscriptions import effacer_les_saisies_echues


@shared_task
def effacer_les_preinscriptions_echues() -> None:
    """S'écrit « ce qui est échu maintenant » : lancée deux fois, elle a le même effet."""
    effacer_les_saisies_echues(le=timezone.now())
