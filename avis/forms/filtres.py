"""Ce qui se cherche dans les listes de comptes-rendus et de fiches, et ce qui s'en prépare ensemble."""

from typing import Any

from django import forms


class FiltreForm(forms.Form):
    """Recherche par nom, sans perdre l'état choisi."""

    q = forms.CharField(label="Nom ou prénom", required=False, max_length=80, widget=forms.TextInput)
    etat = forms.CharField(required=False, widget=forms.HiddenInput)


class FiltreDesComptesRendusForm(FiltreForm):
    jury = forms.ChoiceField(label="Jury", required=False)

    def __init__(self, *args: Any, jurys: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["jury"].choices = [("", "Tous"), *((jury, jury) for jury in jurys)]


class FiltreDesFichesForm(FiltreForm):
    classe = forms.ChoiceField(label="Classe", required=False)

    def __init__(self, *args: Any, classes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["classe"].choices = [("", "Toutes"), *((classe, classe) for classe in classes)]


class LotDeFichesForm(forms.Form):
    """Quelles fiches préparer ensemble."""

    sans_mention_optionnel = True

    classes = forms.MultipleChoiceField(
        label="Classes",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Aucune case\u00a0: toutes les classes.",
    )
    seulement_a_remettre = forms.BooleanField(label="Seulement les fiches à remettre", required=False, initial=True)
    recto_verso_demande = forms.BooleanField(
        label="Recto verso\u00a0: chaque fiche commence sur une nouvelle feuille", required=False, initial=True
    )
    sans_compte_rendu = forms.BooleanField(label="Inclure les élèves sans compte-rendu", required=False)

    def __init__(self, *args: Any, classes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["classes"].choices = [(classe, classe) for classe in classes]

    @property
    def recto_verso(self) -> bool:
        return self.cleaned_data["recto_verso_demande"]

    @property
    def titre(self) -> str:
        """« Fiches récapitulatives de 3e B »."""
        classes = self.cleaned_data["classes"]
        return f"Fiches récapitulatives de {', '.join(classes)}"[:160] if classes else "Fiches récapitulatives"
