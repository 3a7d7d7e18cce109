from django.apps import AppConfig


class CourriersConfig(AppConfig):
    name = "courriers"
    verbose_name = "Courriers"
