"""Ce qui se demande aux listes : recherche et filtres, en GET."""

from collections.abc import Iterable
from datetime import date

from django import forms

from referentiel.forms.champs import ListeLongue

LONGUEUR_DE_RECHERCHE = 100


class FiltreDesElevesForm(forms.Form):
    """Filtres de la liste des élèves ; l'état reste dans l'adresse."""

    sans_mention_optionnel = True

    classe = forms.ChoiceField(label="Classe", required=False)
    q = forms.CharField(label="Rechercher un élève", required=False, max_length=LONGUEUR_DE_RECHERCHE)
    etat = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, classes: Iterable[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["classe"].choices = [("", "Toutes"), *((classe, classe) for classe in classes)]


class FiltreDesCandidatsForm(forms.Form):
    """Filtres de la liste des candidats ; l'état reste dans l'adresse."""

    sans_mention_optionnel = True

    domaine = forms.ChoiceField(label="Domaine", required=False)
    origine = forms.ChoiceField(label="Établissement d’origine", required=False)
    q = forms.CharField(label="Rechercher un élève", required=False, max_length=LONGUEUR_DE_RECHERCHE)
    etat = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args, domaines: Iterable[tuple[str, str]], origines: Iterable[tuple[str, str]], **kwargs
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["domaine"].choices = [("", "Tous"), *domaines]
        self.fields["origine"].choices = [("", "Tous"), *origines]


class FiltreDuSuiviForm(forms.Form):
    """Filtres du suivi de la campagne (écran S2) ; une valeur qui n'existe pas ne filtre rien."""

    sans_mention_optionnel = True

    departement = forms.ChoiceField(label="Département", required=False, widget=ListeLongue)
    domaine = forms.ChoiceField(label="Domaine", required=False, widget=ListeLongue)
    type = forms.ChoiceField(label="Type de formation", required=False, widget=ListeLongue)
    au = forms.DateField(
        label="Au",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": "Donnez un jour, par exemple 30/04/2027."},
    )

    def __init__(
        self,
        *args,
        departements: Iterable[tuple[str, str]],
        domaines: Iterable[tuple[str, str]],
        types: Iterable[tuple[str, str]],
        **kwargs,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["departement"].choices = [("", "Tous"), *departements]
        self.fields["domaine"].choices = [("", "Tous"), *domaines]
        self.fields["type"].choices = [("", "Tous"), *types]


class JourneeForm(forms.Form):
    """Le jour à répéter, à une année près de la campagne (R4)."""

    sans_mention_optionnel = True

    jour = forms.DateField(
        label="Jour à répéter",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": "Donnez le jour à répéter.",
            "invalid": "Donnez un jour, par exemple 30/04/2027.",
        },
    )

    def __init__(self, *args, annee: int, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.premier, self.dernier = date(annee - 1, 1, 1), date(annee + 1, 12, 31)
        self.fields["jour"].widget.attrs |= {"min": self.premier.isoformat(), "max": self.dernier.isoformat()}

    def clean_jour(self) -> date:
        jour = self.cleaned_data["jour"]
        if not self.premier <= jour <= self.dernier:
            raise forms.ValidationError(f"Choisissez un jour entre {self.premier.year} et {self.dernier.year}.")
        return jour
