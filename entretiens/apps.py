from django.apps import AppConfig


class EntretiensConfig(AppConfig):
    name = "entretiens"
    verbose_name = "Entretiens"

    def ready(self) -> None:
        from candidatures import horaires
        from courriers.pieces import declarer
        from entretiens import consequences as comptes
        from entretiens import lots, receivers  # noqa: F401 - branche les récepteurs
        from entretiens.agenda import piece_agenda
        from entretiens.emails import AGENDA_DE_LA_CONVOCATION, PDF_DES_CONVOCATIONS
        from entretiens.horaires import entretiens_fixes
        from entretiens.pdf import piece_pdf
        from referentiel import consequences, travaux
        from referentiel.rules.calendrier import Nature

        horaires.declarer(entretiens_fixes)
        declarer(PDF_DES_CONVOCATIONS, piece_pdf)
        declarer(AGENDA_DE_LA_CONVOCATION, piece_agenda)
        consequences.declarer(Nature.PLANIFICATION, comptes.sans_entretien)
        consequences.declarer(Nature.CONVOCATIONS, comptes.sans_convocation)
        consequences.declarer(Nature.ENTRETIENS, comptes.hors_de_la_periode)
        travaux.declarer(lots.NATURE, lots.preparer_les_convocations)
