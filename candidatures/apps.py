from django.apps import AppConfig


class CandidaturesConfig(AppConfig):
    name = "candidatures"
    verbose_name = "Candidatures"

    def ready(self) -> None:
        from candidatures import lots
        from candidatures.consequences import avis_d_origine_manquants, brouillons_inachevables
        from referentiel import travaux
        from referentiel.consequences import declarer
        from referentiel.rules.calendrier import Nature

        declarer(Nature.INSCRIPTION, brouillons_inachevables)
        declarer(Nature.ENTRETIENS, avis_d_origine_manquants)
        travaux.declarer(lots.DOSSIERS, lots.preparer_les_dossiers)
        travaux.declarer(lots.LETTRES, lots.preparer_les_lettres)
