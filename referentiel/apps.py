from django.apps import AppConfig


class ReferentielConfig(AppConfig):
    name = "referentiel"
    verbose_name = "Référentiel et campagnes"

    def ready(self) -> None:
        from referentiel import receivers  # noqa: F401 - son import abonne le journal aux droits
