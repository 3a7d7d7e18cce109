"""Ce qui restreint le planning et la liste des convocations."""

from collections.abc import Sequence

from django import forms


class FiltreDuPlanning(forms.Form):
    domaine = forms.ChoiceField(label="Domaine", required=False)
    jury = forms.ChoiceField(label="Jury", required=False)
    salle = forms.ChoiceField(label="Salle", required=False)
    # Le jour d'où part la liste, que filtrer ne fait pas oublier.
    du = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args,
        domaines: Sequence[tuple[str, str]],
        jurys: Sequence[tuple[int, str]],
        salles: Sequence[str],
        **kwargs,
    ) -> None:
        """`domaines` et `jurys` : clé et nom de chacun."""
        super().__init__(*args, **kwargs)
        self.fields["domaine"].choices = [("", "Tous les domaines"), *domaines]
        self.fields["jury"].choices = [("", "Tous les jurys"), *((str(cle), nom) for cle, nom in jurys)]
        self.fields["salle"].choices = [("", "Toutes les salles"), *((salle, salle) for salle in salles)]

    @property
    def actifs(self) -> dict[str, str]:
        """Filtres posés, par nom ; une adresse qui n'en dit aucun de connu n'en pose aucun."""
        self.full_clean()
        return {nom: valeur for nom, valeur in self.cleaned_data.items() if valeur and nom != "du"}

    def libelle(self, nom: str) -> str:
        return dict(self.fields[nom].choices)[self.actifs[nom]]


class FiltreDesConvocations(forms.Form):
    classe = forms.ChoiceField(label="Classe", required=False)

    def __init__(self, *args, classes: Sequence[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["classe"].choices = [("", "Toutes les classes"), *((classe, classe) for classe in classes)]
