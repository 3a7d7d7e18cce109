from django.apps import AppConfig


class ConservationConfig(AppConfig):
    name = "conservation"
    verbose_name = "Conservation des données"
