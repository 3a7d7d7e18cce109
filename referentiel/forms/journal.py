"""Ce qui se cherche dans le journal de sécurité."""

from typing import Any

from django import forms

from comptes.models import Evenement
from referentiel.forms.courriels import BORNES, JOUR
from referentiel.journal import FiltreDuJournal

VIDES: dict[str, Any] = {
    "personne": "",
    "nature": "",
    "etablissement": "",
    "du": None,
    "au": None,
    "dossier": None,
}
DERNIER_NUMERO = 2**63 - 1


class FiltreDuJournalForm(forms.Form):
    personne = forms.CharField(label="Personne", max_length=254, required=False, help_text="Nom, ou courriel entier.")
    nature = forms.ChoiceField(
        label="Événement", required=False, choices=[("", "Tous les événements"), *Evenement.Nature.choices]
    )
    etablissement = forms.CharField(label="Établissement", max_length=80, required=False, help_text="Nom ou code UAI.")
    du = forms.DateField(label="Du", required=False, widget=JOUR, validators=BORNES)
    au = forms.DateField(label="Au", required=False, widget=JOUR, validators=BORNES)

    dossier = forms.IntegerField(
        label="Dossier d’élève",
        required=False,
        min_value=1,
        max_value=DERNIER_NUMERO,
        help_text="Son numéro, tel que le journal le donne.",
    )

    @property
    def filtre(self) -> FiltreDuJournal:
        """Ce qui se comprend de la demande ; une valeur fausse est laissée, avec son message sur le champ."""
        self.is_valid()
        return FiltreDuJournal(**{champ: self.cleaned_data.get(champ) or vide for champ, vide in VIDES.items()})
