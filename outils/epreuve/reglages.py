"""Les réglages de l'application, le temps compté dix fois plus vite : l'épreuve en petit tient dans les tests."""

from datetime import timedelta

from courriers.rules import etats
from passpro.settings import *  # noqa: F403 - tous les réglages, sauf le rythme
from passpro.settings import CELERY_BEAT_SCHEDULE

for balayage in CELERY_BEAT_SCHEDULE.values():
    if isinstance(balayage["schedule"], float):
        balayage["schedule"] = max(1.0, balayage["schedule"] / 20)
EMAIL_TIMEOUT = 3
etats.PREMIERE_ATTENTE = timedelta(seconds=2)
