"""Le désistement d'un élève : son motif, ce qui est retiré (écran O9)."""

from collections.abc import Sequence
from typing import Any

from django import forms

from candidatures.models import FormationDemandee


class DesistementForm(forms.Form):
    """Écran O9 : le motif, et ce qui est retiré."""

    MOTIFS = (
        "L’élève renonce à ces formations",
        "Erreur d’inscription",
        "Départ de l’établissement",
        "Autre",
    )

    formations = forms.MultipleChoiceField(
        label="Formations retirées",
        widget=forms.CheckboxSelectMultiple,
        help_text="Tout le domaine est coché. Décochez les formations que l’élève garde.",
        error_messages={"required": "Choisissez au moins une formation à retirer."},
    )
    motif = forms.ChoiceField(
        label="Motif",
        widget=forms.RadioSelect,
        choices=[(motif, motif) for motif in MOTIFS],
        error_messages={"required": "Choisissez un motif."},
    )

    def __init__(self, *args: Any, demandes: Sequence[FormationDemandee], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.demandes = demandes
        if len(demandes) < 2:
            del self.fields["formations"]
            return
        self.fields["formations"].choices = [(demande.code, demande.formation.intitule) for demande in demandes]
        self.fields["formations"].initial = [demande.code for demande in demandes]

    @property
    def retirees(self) -> list[FormationDemandee] | None:
        """Formations retirées ; `None` quand c'est tout le domaine."""
        codes = self.cleaned_data.get("formations")
        if codes is None or len(codes) == len(self.demandes):
            return None
        return [demande for demande in self.demandes if demande.code in codes]
