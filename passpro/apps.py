from django.apps import AppConfig
from django.contrib.admin import apps as administration_de_django


class PassproConfig(AppConfig):
    default = True
    name = "passpro"
    verbose_name = "Passpro"


class AdministrationConfig(administration_de_django.AdminConfig):
    default = False
    default_site = "passpro.administration.Administration"

    def ready(self) -> None:
        """Les groupes de Django ne servent pas : les droits viennent des places (R36)."""
        super().ready()
        from django.contrib.admin import site
        from django.contrib.auth.models import Group

        site.unregister(Group)
