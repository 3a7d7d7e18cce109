"""Ce que l'atelier fait sans qu'on le demande : oublier ce qui est échu, vérifier et sceller l'historique.

Chaque tâche s'écrit « ce qui est dû maintenant » : lancée deux fois, elle a le même effet.
"""

import logging

from celery import shared_task
from django.utils import timezone

from comptes.services import oublier_les_sessions_echues, oublier_les_tentatives
from comptes.services.journal import duree_du_journal, purger_le_journal
from comptes.services.sceaux import sceller_et_verifier

journal = logging.getLogger(__name__)


@shared_task
def oublier_ce_qui_est_echu() -> None:
    """Efface les sessions fermées par le temps et les essais qui ne comptent plus."""
    maintenant = timezone.now()
    oublier_les_sessions_echues(le=maintenant)
    oublier_les_tentatives(le=maintenant)


@shared_task
def verifier_l_historique() -> None:
    """Une anomalie s'inscrit au journal, que lit le SAIO, et se dit à l'exploitation (T21)."""
    for faute in sceller_et_verifier(le=timezone.now()).fautes:
        journal.error("Historique : %s", faute)


@shared_task
def purger_le_journal_ancien() -> None:
    purger_le_journal(le=timezone.now(), apres=duree_du_journal())
