from django import forms

from conservation.models import LONGUEUR_DU_MOTIF


class ReportForm(forms.Form):
    jusqu_au = forms.DateField(
        label="Garder les données jusqu’au",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"required": "Choisissez un jour."},
    )
    motif = forms.CharField(
        label="Motif",
        help_text="Par exemple un recours ou un contrôle en cours. Ne nommez aucun élève.",
        max_length=LONGUEUR_DU_MOTIF,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Dites pourquoi ces données doivent être gardées plus longtemps."},
    )
