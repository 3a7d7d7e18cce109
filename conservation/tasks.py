"""Ce que l'atelier fait chaque nuit, sans qu'on le demande."""

from celery import shared_task
from django.utils import timezone

from conservation.services import faire_ce_qui_est_du, finir_les_effacements


@shared_task
def appliquer_la_conservation() -> None:
    """Avertit des termes qui approchent et anonymise ce qui est dû ; arrêtée en chemin, la nuit suivante reprend."""
    finir_les_effacements(le=timezone.now())
    faire_ce_qui_est_du(le=timezone.now())
