from django.apps import AppConfig


class PilotageConfig(AppConfig):
    name = "pilotage"
    verbose_name = "Pilotage"

    def ready(self) -> None:
        from pilotage.exports import EXPORTS
        from referentiel.exports import declarer_un_export

        for export, fabrique in EXPORTS:
            declarer_un_export(export, fabrique)
