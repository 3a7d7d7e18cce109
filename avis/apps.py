from django.apps import AppConfig


class AvisConfig(AppConfig):
    name = "avis"
    verbose_name = "Avis et comptes-rendus"

    def ready(self) -> None:
        from avis import lots
        from avis.consequences import comptes_rendus_attendus, fiches_non_remises, voeux_non_saisis
        from referentiel import travaux
        from referentiel.consequences import declarer
        from referentiel.rules.calendrier import Nature

        declarer(Nature.SAISIE_AVIS_ACCUEIL, comptes_rendus_attendus)
        declarer(Nature.VISUALISATION, fiches_non_remises)
        declarer(Nature.VOEUX_AFFELNET, voeux_non_saisis)
        travaux.declarer(lots.NATURE, lots.preparer_les_fiches)
