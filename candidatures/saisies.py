"""Ce qui se saisit quand une inscription change : formations, établissement, créneau, personne référente, lot."""

from collections.abc import Sequence
from typing import Any

from django import forms

from candidatures.lectures import Hote
from candidatures.models import Candidature, DemandeDeCreneau, FormationDemandee
from referentiel.models import Accueil, Formation, Rattachement

AUTRE = "autre"


class RechercheForm(forms.Form):
    """Écran O6, étape « Élève » : un nom, et une classe."""

    sans_mention_optionnel = True

    q = forms.CharField(label="Nom ou prénom de l’élève", required=False, max_length=100)
    classe = forms.ChoiceField(label="Classe", required=False)

    def __init__(self, *args: Any, classes: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["classe"].choices = [("", "Toutes"), *((classe, classe) for classe in classes)]


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


class ReferentForm(forms.Form):
    """La personne référente de plusieurs élèves : quelqu'un de l'équipe, ou une autre personne."""

    referent = forms.ChoiceField(label="Personne référente", help_text="Elle suit l’élève et reçoit les convocations.")
    nom = forms.CharField(
        label="Nom de la personne référente",
        required=False,
        max_length=120,
        help_text="Pour « Autre personne », par exemple « Mme Petit ».",
    )
    courriel = forms.EmailField(
        label="Courriel académique de la personne référente", required=False, help_text="Pour « Autre personne »."
    )

    def __init__(self, *args: Any, equipe: Sequence[Rattachement], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.equipe = {str(place.pk): place.personne for place in equipe}
        libelles = [(str(place.pk), f"{place.personne} ({place.libelle})") for place in equipe]
        self.fields["referent"].choices = [*libelles, (AUTRE, "Autre personne")]

    def clean(self) -> dict[str, Any]:
        saisi = super().clean() or self.cleaned_data
        if saisi.get("referent") == AUTRE:
            for champ in ("nom", "courriel"):
                if not saisi.get(champ) and champ not in self.errors:
                    self.add_error(champ, "Donnez le nom et le courriel de la personne référente.")
        return saisi

    @property
    def choisi(self) -> tuple[str, str]:
        """Nom et courriel."""
        if personne := self.equipe.get(self.cleaned_data["referent"]):
            return personne.nom_affiche, personne.courriel
        return self.cleaned_data["nom"], self.cleaned_data["courriel"]


class RaisonForm(forms.Form):
    """La raison d'une annulation, que l'autre établissement lira."""

    motif = forms.CharField(
        label="Raison",
        max_length=200,
        help_text="Les établissements prévenus la liront.",
        error_messages={"required": "Donnez la raison de l’annulation."},
    )
