from django.apps import AppConfig
from django.contrib.admin import apps as administration_de_django


class PassproConfig(AppConfig):
    default = True
    name = "passpro"
    verbose_name = "Passpro"

    def ready(self) -> None:
        from celery.signals import task_postrun

        from courriers.signals import document_rendu
        from passpro import verifications  # noqa: F401  (s'enregistre auprès de Django)
        from passpro.mesures.compteurs import noter_un_document, noter_une_tache

        document_rendu.connect(noter_un_document)
        task_postrun.connect(noter_une_tache)


class AdministrationConfig(administration_de_django.AdminConfig):
    default = False
    default_site = "passpro.administration.Administration"

    def ready(self) -> None:
        """Les groupes de Django ne servent pas : les droits viennent des places (R36). Le secret d'un second facteur ne
        se lit ni ne se pose dans l'administration (T7)."""
        super().ready()
        from django.contrib.admin import site
        from django.contrib.auth.models import Group
        from django_otp.plugins.otp_static.models import StaticDevice
        from django_otp.plugins.otp_totp.models import TOTPDevice

        for modele in (Group, StaticDevice, TOTPDevice):
            site.unregister(modele)
