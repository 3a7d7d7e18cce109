"""Application Celery : elle réveille les ateliers, elle ne porte jamais la vérité (voir `courriers`)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "passpro.settings")

app = Celery("passpro")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
