"""L'élève que l'on cherche pour l'inscrire (écran O6)."""

from collections.abc import Sequence
from typing import Any

from django import forms


class RechercheForm(forms.Form):
    """Écran O6, étape « Élève » : un nom, et une classe."""

    sans_mention_optionnel = True

    q = forms.CharField(label="Nom ou prénom de l’élève", required=False, max_length=100)
    classe = forms.ChoiceField(label="Classe", required=False)

    def __init__(self, *args: Any, classes: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["classe"].choices = [("", "Toutes"), *((classe, classe) for classe in classes)]
