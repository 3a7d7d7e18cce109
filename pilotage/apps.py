from django.apps import AppConfig


class PilotageConfig(AppConfig):
    name = "pilotage"
    verbose_name = "Pilotage"

    def ready(self) -> None:
        from comptes.taches import compter_avec
        from pilotage.exports import EXPORTS
        from pilotage.selectors.taches.espaces import taches_par_espace
        from referentiel.exports import declarer_un_export

        for export, fabrique in EXPORTS:
            declarer_un_export(export, fabrique)
        compter_avec(taches_par_espace)
