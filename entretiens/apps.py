from django.apps import AppConfig


class EntretiensConfig(AppConfig):
    name = "entretiens"
    verbose_name = "Entretiens"

    def ready(self) -> None:
        from candidatures import horaires
        from courriers.pieces import declarer
        from entretiens import receivers  # noqa: F401 - branche les récepteurs
        from entretiens.agenda import piece_agenda
        from entretiens.emails import AGENDA_DE_LA_CONVOCATION, PDF_DES_CONVOCATIONS
        from entretiens.horaires import entretiens_fixes
        from entretiens.pdf import piece_pdf

        horaires.declarer(entretiens_fixes)
        declarer(PDF_DES_CONVOCATIONS, piece_pdf)
        declarer(AGENDA_DE_LA_CONVOCATION, piece_agenda)
