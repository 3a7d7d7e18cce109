"""Ce qui se cherche et se saisit dans le journal des courriels (écran S10)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from courriers.presentation import nom_de_la_nature
from courriers.rules import LIBELLES, EtatCourriel
from referentiel.courriels import Filtre

BORNES = [
    MinValueValidator(date(2000, 1, 1), "Donnez une date depuis 2000."),
    MaxValueValidator(date(2099, 12, 31), "Donnez une date avant 2100."),
]
JOUR = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class FiltreDesCourriels(forms.Form):
    nature = forms.ChoiceField(label="Type", required=False)
    etat = forms.ChoiceField(
        label="État",
        required=False,
        choices=[("", "Tous les états"), *((etat.value, LIBELLES[etat]) for etat in EtatCourriel)],
    )
    etablissement = forms.CharField(label="Établissement", max_length=80, required=False, help_text="Nom ou code UAI.")
    du = forms.DateField(label="Du", required=False, widget=JOUR, validators=BORNES)
    au = forms.DateField(label="Au", required=False, widget=JOUR, validators=BORNES)

    def __init__(self, *args: Any, natures: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["nature"].choices = [("", "Tous les types"), *((n, nom_de_la_nature(n)) for n in natures)]

    @property
    def filtre(self) -> Filtre:
        """Ce qui se comprend de la demande ; une valeur fausse est laissée, avec son message sur le champ."""
        self.is_valid()
        return Filtre(**{champ: self.cleaned_data.get(champ) or vide for champ, vide in VIDES.items()})


VIDES: dict[str, Any] = {"nature": "", "etat": "", "etablissement": "", "du": None, "au": None}


class AutreAdresseForm(forms.Form):
    """À qui renvoyer un courriel, et pourquoi."""

    destinataire = forms.EmailField(
        label="Autre adresse",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Messagerie de l’établissement, ou adresse académique.",
        error_messages={
            "required": "Donnez l’adresse où renvoyer le courriel.",
            "invalid": "Donnez une seule adresse complète, par exemple ce.0940001a@ac-creteil.fr.",
        },
    )
    motif = forms.CharField(
        label="Motif",
        max_length=200,
        help_text="Gardé, avec votre nom, dans le parcours du courriel.",
        error_messages={"required": "Dites pourquoi\u00a0: le motif est gardé avec le courriel."},
    )
