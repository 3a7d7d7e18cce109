"""Application Celery : elle réveille les ateliers, elle ne porte jamais la vérité (voir `courriers`)."""

import os
from logging.config import dictConfig
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "passpro.settings")

app = Celery("passpro")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def journaliser_comme_les_pages(**_: Any) -> None:
    """Celery règle ses journaux lui-même si personne ne le fait, et y écrit le texte de chaque erreur."""
    from django.conf import settings

    dictConfig(settings.LOGGING)
