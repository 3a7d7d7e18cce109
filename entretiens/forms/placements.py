"""Le créneau que l'on donne à un entretien, et la raison pour laquelle on le lui retire (R25, R26)."""

from collections.abc import Sequence

from django import forms

from entretiens.models import Creneau
from entretiens.services.placement import VIENT_D_ETRE_PRIS


class MotifForm(forms.Form):
    """Pourquoi des séances sont annulées ; gardé dans l'historique."""

    motif = forms.CharField(label="Motif", max_length=100, required=False)


class ChoixDeCreneauForm(forms.Form):
    """Un créneau parmi ceux qui conviennent."""

    creneau = forms.ChoiceField(
        label="Créneau", widget=forms.RadioSelect, error_messages={"required": "Choisissez un créneau."}
    )

    def __init__(self, *args, creneaux: Sequence[Creneau], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.creneaux = {creneau.code: creneau for creneau in creneaux}
        self.fields["creneau"].choices = [(code, str(creneau)) for code, creneau in self.creneaux.items()]
        self.fields["creneau"].error_messages["invalid_choice"] = VIENT_D_ETRE_PRIS

    @property
    def choisi(self) -> Creneau:
        return self.creneaux[self.cleaned_data["creneau"]]


class DeplacementForm(ChoixDeCreneauForm):
    motif = forms.CharField(label="Motif", max_length=100, required=False)


class AnnulationForm(forms.Form):
    """Annuler un entretien, et dire ce que devient l'élève (écran A8)."""

    REPLANIFIER = "replanifier"
    suite = forms.ChoiceField(
        label="Et ensuite",
        widget=forms.RadioSelect,
        initial=REPLANIFIER,
        choices=[
            (REPLANIFIER, "Replanifier plus tard : l’élève redevient à planifier"),
            ("annuler", "Annuler sans replanifier : un motif est nécessaire et le SAIO est prévenu"),
        ],
    )
    motif = forms.CharField(label="Motif", max_length=200, required=False)

    def clean(self) -> dict:
        donnees = super().clean()
        if donnees.get("suite") == "annuler" and not donnees.get("motif", "").strip():
            self.add_error("motif", "Donnez le motif de l’annulation : tout élève inscrit doit être convoqué.")
        return donnees

    @property
    def replanifier(self) -> bool:
        return self.cleaned_data["suite"] == self.REPLANIFIER
