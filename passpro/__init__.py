"""Le câblage : réglages, adresses, Celery. Personne n'importe ce paquet."""

from passpro.celery import app as celery_app

__all__ = ["celery_app"]
