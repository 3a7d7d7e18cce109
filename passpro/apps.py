from django.apps import AppConfig


class PassproConfig(AppConfig):
    name = "passpro"
    verbose_name = "Passpro"
