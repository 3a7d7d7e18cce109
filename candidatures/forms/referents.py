"""La personne référente de plusieurs élèves (écran O2)."""

from collections.abc import Sequence
from typing import Any

from django import forms

from candidatures.forms.champs import AUTRE
from referentiel.models import Rattachement


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
