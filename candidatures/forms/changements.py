"""Ce qui change d'une candidature inscrite : formations, établissement, créneau, annulation (écran O8)."""

from collections.abc import Sequence
from typing import Any

from django import forms

from candidatures.lectures import Hote
from candidatures.models import Candidature, DemandeDeCreneau, FormationDemandee
from referentiel.models import Accueil, Formation


class FormationsForm(forms.Form):
    """« Modifier les formations » d'une candidature inscrite."""

    formations = forms.MultipleChoiceField(
        label="Formations demandées",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Gardez au moins une formation. Pour tout retirer, enregistrez un désistement.",
        },
    )

    def __init__(
        self,
        *args: Any,
        demandees: Sequence[FormationDemandee],
        proposees: Sequence[Formation],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        deja = [demande.formation for demande in demandees]
        self.possibles = [*deja, *(formation for formation in proposees if formation not in deja)]
        champ = self.fields["formations"]
        champ.choices = [(str(formation.pk), formation.intitule) for formation in self.possibles]
        champ.initial = [str(formation.pk) for formation in deja]

    @property
    def choisies(self) -> list[Formation]:
        cles = set(self.cleaned_data["formations"])
        return [formation for formation in self.possibles if str(formation.pk) in cles]


class AccueilForm(forms.Form):
    """« Changer d'établissement d'accueil » : les hôtes du domaine, le plus proche d'abord, sans l'actuel."""

    accueil = forms.ChoiceField(
        label="Nouvel établissement de l’entretien",
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez l’établissement de l’entretien."},
    )

    def __init__(self, *args: Any, candidature: Candidature, hotes: Sequence[Hote], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hotes = [hote for hote in hotes if hote.accueil.pk != candidature.accueil_id]
        self.fields["accueil"].choices = [(hote.accueil.code, hote.nom) for hote in self.hotes]
        self.fields["accueil"].error_messages["invalid_choice"] = "Choisissez un établissement de la liste."

    @property
    def choisi(self) -> Accueil:
        return next(hote.accueil for hote in self.hotes if hote.accueil.code == self.cleaned_data["accueil"])

    def au_choix(self) -> list[dict[str, Any]]:
        """Chaque hôte et son bouton radio, pour `_hote.html`."""
        options = self["accueil"].subwidgets
        return [{"hote": hote, "option": option} for hote, option in zip(self.hotes, options, strict=True)]


class CreneauForm(forms.ModelForm):
    """« Demander un autre créneau » : la raison, et un mot pour l'établissement d'accueil."""

    class Meta:
        model = DemandeDeCreneau
        fields = ["motif", "message"]
        labels = {"motif": "Raison", "message": "Message à l’établissement d’accueil"}
        widgets = {"motif": forms.RadioSelect, "message": forms.Textarea(attrs={"rows": 3})}
        error_messages = {"motif": {"required": "Choisissez une raison."}}
        help_texts = {
            "message": "Par exemple les jours possibles. N’écrivez rien sur la santé ni la famille de l’élève.",
        }

    def __init__(self, *args: Any, absent: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["motif"].choices = DemandeDeCreneau.Motif.choices
        self.fields["message"].max_length = DemandeDeCreneau._meta.get_field("message").max_length
        if absent:
            self.fields["motif"].initial = DemandeDeCreneau.Motif.ABSENCE


class RaisonForm(forms.Form):
    """La raison d'une annulation, que l'autre établissement lira."""

    motif = forms.CharField(
        label="Raison",
        max_length=200,
        help_text="Les établissements prévenus la liront.",
        error_messages={"required": "Donnez la raison de l’annulation."},
    )
