"""Ce qui se demande au catalogue public."""

from collections.abc import Iterable
from typing import Any

from django import forms

from referentiel.models import Domaine, Formation
from referentiel.presentation import LIBELLES_DES_RENCONTRES, nom_du_departement


class FiltreDuCatalogue(forms.Form):
    """Les filtres du catalogue ; une valeur inconnue est ignorée, jamais une erreur."""

    sans_mention_optionnel = True

    q = forms.CharField(label="Rechercher une formation, un établissement ou une ville", required=False, max_length=100)
    domaine = forms.ChoiceField(label="Domaine", required=False)
    departement = forms.MultipleChoiceField(label="Département", required=False, widget=forms.CheckboxSelectMultiple)
    type = forms.MultipleChoiceField(
        label="Type", required=False, choices=Formation.Type.choices, widget=forms.CheckboxSelectMultiple
    )
    modalite = forms.MultipleChoiceField(
        label="Modalité",
        required=False,
        choices=list(LIBELLES_DES_RENCONTRES.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    academie = forms.CharField(required=False, widget=forms.HiddenInput, max_length=20)

    def __init__(self, *args: Any, domaines: Iterable[Domaine], departements: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["domaine"].choices = [("", "Tous"), *((domaine.slug, domaine.nom) for domaine in domaines)]
        self.fields["departement"].choices = [(code, nom_du_departement(code)) for code in departements]

    @property
    def retenus(self) -> dict[str, Any]:
        """Les filtres compris, champ par champ, sans ceux qui sont vides."""
        self.is_valid()
        return {champ: valeur for champ, valeur in self.cleaned_data.items() if valeur}

    def libelle_de(self, champ: str, valeur: str) -> str:
        return dict(self.fields[champ].choices).get(valeur, valeur) if champ != "q" else f"« {valeur} »"
