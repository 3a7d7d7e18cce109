"""Ce qui se demande pour importer un tableau : un fichier, ou des cases collées (R9, R41)."""

from typing import Any

from django import forms

from referentiel.models import Campagne
from referentiel.tableurs.lecture import OCTETS_AU_PLUS, FichierRefuse, Tableau, lire, lire_le_texte

EXTENSIONS = ".csv,.txt,.xlsx,.xls,.ods"


class DepotForm(forms.Form):
    """Un tableau, par fichier ou par copier-coller ; une fois valide, `tableau` et `nom_du_fichier` sont lus."""

    sans_mention_optionnel = True

    campagne = forms.ModelChoiceField(label="Campagne", queryset=Campagne.objects.none(), empty_label=None)
    fichier = forms.FileField(
        label="Fichier",
        required=False,
        allow_empty_file=True,
        help_text="Formats acceptés\u00a0: CSV ou Excel (.xlsx), 5\u00a0Mo au plus. Le fichier n’est pas conservé.",
        widget=forms.FileInput(attrs={"accept": EXTENSIONS}),
    )
    colle = forms.CharField(
        label="Ou cases copiées depuis un tableur",
        required=False,
        strip=False,
        help_text="Collez le tableau avec sa ligne d’en-têtes.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, campagnes: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tableau: Tableau | None = None
        if campagnes is None:
            del self.fields["campagne"]
        else:
            self.fields["campagne"].queryset = campagnes
            self.fields["campagne"].initial = campagnes.first()

    def clean(self) -> dict[str, Any]:
        donnees = super().clean()
        fichier, colle = donnees.get("fichier"), donnees.get("colle") or ""
        if fichier is None and not colle.strip() and not self.errors:
            self.add_error("fichier", "Choisissez un fichier, ou collez un tableau.")
        elif not self.errors:
            champ = "fichier" if fichier is not None else "colle"
            try:
                self.tableau = _lire(fichier) if fichier is not None else lire_le_texte(colle)
            except FichierRefuse as refus:
                self.add_error(champ, str(refus))
        return donnees

    @property
    def nom_du_fichier(self) -> str:
        fichier = self.cleaned_data.get("fichier")
        return fichier.name if fichier is not None else "Tableau collé"


def _lire(fichier: Any) -> Tableau:
    """Lit le fichier, sans charger en mémoire plus que ce qui est permis."""
    return lire(fichier.read(OCTETS_AU_PLUS + 1), fichier.name)
