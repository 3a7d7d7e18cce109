"""Ce qui se saisit en gérant un établissement : ses coordonnées (écran « Établissement »)."""

from typing import Any

from django import forms

from referentiel.models import Etablissement
from referentiel.services.coordonnees import Coordonnees


class CoordonneesForm(forms.ModelForm):
    """Ce que l'établissement tient lui-même ; le reste se corrige au SAIO."""

    class Meta:
        model = Etablissement
        fields = ["messagerie", "telephone", "chef", "portes_ouvertes"]
        labels = {"chef": "Nom du chef d’établissement"}
        widgets = {"portes_ouvertes": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "messagerie": "Les convocations, les modifications et les annulations y arrivent.",
            "chef": "Signature des documents, par exemple «\u00a0Mme Martin\u00a0».",
        }

    def __init__(self, *args: Any, accueil: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["messagerie"].required = True
        self.fields["messagerie"].error_messages = {
            "required": "Donnez l’adresse de la messagerie fonctionnelle\u00a0: les convocations y arrivent.",
            "invalid": "Cette adresse n’est pas complète. Exemple\u00a0: ce.0940001a@ac-creteil.fr.",
        }
        if not accueil:
            del self.fields["portes_ouvertes"]

    @property
    def saisie(self) -> Coordonnees:
        return Coordonnees(**{champ: self.cleaned_data[champ] for champ in self.fields})
