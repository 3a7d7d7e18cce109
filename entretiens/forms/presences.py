"""La présence de chaque élève d'une journée (écran A10)."""

from collections.abc import Sequence

from django import forms

from entretiens.models import Entretien
from entretiens.rules.etats import LIBELLES_ETATS, EtatEntretien
from entretiens.rules.presences import PRESENCES


class PresencesForm(forms.Form):
    """La présence de chaque élève d'une journée ; une ligne sans réponse est laissée (écran A10)."""

    sans_mention_optionnel = True

    def __init__(self, *args, entretiens: Sequence[Entretien], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.entretiens = entretiens
        for entretien in entretiens:
            self.fields[self.nom(entretien)] = forms.ChoiceField(
                label=f"Présence de {entretien.candidature.eleve}",
                required=False,
                choices=[(etat.value, LIBELLES_ETATS[etat]) for etat in PRESENCES],
                initial=entretien.etat,
                widget=forms.RadioSelect(attrs={"class": "pp-segment"}),
            )

    @staticmethod
    def nom(entretien: Entretien) -> str:
        return f"presence_{entretien.code}"

    @property
    def vues(self) -> dict[Entretien, EtatEntretien]:
        """Ce que la page montrait de chaque ligne envoyée (R42)."""
        lues = {entretien: self.data.get(f"vue_{entretien.code}", "") for entretien in self.entretiens}
        return {entretien: EtatEntretien(vue) for entretien, vue in lues.items() if vue in set(EtatEntretien)}

    @property
    def presences(self) -> dict[Entretien, EtatEntretien]:
        """Réponses données ou changées, entretien par entretien : ce qui était déjà là est laissé."""
        reponses = {entretien: self.cleaned_data[self.nom(entretien)] for entretien in self.entretiens}
        vues = self.vues
        return {
            entretien: EtatEntretien(reponse)
            for entretien, reponse in reponses.items()
            if reponse and reponse != vues.get(entretien)
        }
