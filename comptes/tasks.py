"""Ce qui s'oublie sans qu'on le demande."""

from celery import shared_task
from django.utils import timezone

from comptes.services import oublier_les_sessions_echues, oublier_les_tentatives


@shared_task
def oublier_ce_qui_est_echu() -> None:
    """Efface les sessions fermées par le temps et les essais qui ne comptent plus."""
    maintenant = timezone.now()
    oublier_les_sessions_echues(le=maintenant)
    oublier_les_tentatives(le=maintenant)
