"""Ce qui se demande pour reporter un terme, chercher, rectifier ou effacer un élève."""

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


class RechercheForm(forms.Form):
    q = forms.CharField(label="INE ou nom", min_length=3, max_length=80)


class RectificationForm(forms.Form):
    nom = forms.CharField(label="Nom", max_length=80)
    prenom = forms.CharField(label="Prénom", max_length=80)
    date_de_naissance = forms.DateField(
        label="Date de naissance", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    ine = forms.CharField(label="INE", max_length=11, required=False)
    motif = forms.CharField(
        label="Motif",
        help_text="À la demande de qui, et quand.",
        max_length=LONGUEUR_DU_MOTIF - 50,
        error_messages={"required": "Dites à la demande de qui, et quand, ces données sont rectifiées."},
    )


class EffacementForm(forms.Form):
    motif = forms.CharField(
        label="Motif",
        help_text="À la demande de qui, et quand. Ne nommez pas l’élève\u00a0: cette ligne reste.",
        max_length=LONGUEUR_DU_MOTIF,
        error_messages={"required": "Dites à la demande de qui, et quand, ces données sont effacées."},
    )
