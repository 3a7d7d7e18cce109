"""Les champs que plusieurs formulaires partagent : un jour, une heure, une salle."""

from typing import Any

from django import forms


def champ_de_date(libelle: str, *, obligatoire: bool = True) -> forms.DateField:
    composant = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=libelle, widget=composant, help_text="jj/mm/aaaa", required=obligatoire)


def champ_d_heure(libelle: str, *, obligatoire: bool = True) -> forms.TimeField:
    composant = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    return forms.TimeField(label=libelle, widget=composant, required=obligatoire)


def champ_de_salle(libelle: str, **champs: Any) -> forms.CharField:
    """Du texte libre, où la liste des salles de l'établissement se propose (templates/entretiens/_salles.html)."""
    composant = forms.TextInput(attrs={"list": "salles", "autocomplete": "off"})
    return forms.CharField(label=libelle, max_length=80, required=False, widget=composant, **champs)
