"""Mots à rappeler et annonces (R31b, écran S11)."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError

from referentiel.admin.socle import GestionDuReferentiel
from referentiel.models import Annonce, MotARappeler
from referentiel.rules.dates import dire_jour, jour_de


@admin.register(MotARappeler)
class MotARappelerAdmin(GestionDuReferentiel):
    chemin_academie = "campagne__academie"
    chemin_campagne = "campagne"
    effacable = True
    list_display = ["mot", "famille", "campagne"]
    list_filter = ["campagne", "famille"]
    search_fields = ["mot", "famille"]
    list_select_related = ["campagne__academie"]
    fixes_apres_creation = ("campagne",)
    fieldsets = [
        (
            None,
            {
                "description": (
                    "Pendant la saisie d’un commentaire ou d’un compte-rendu, ces mots amènent un rappel. "
                    "Il avertit, il n’empêche pas. "
                    "Le pluriel en «\u00a0s\u00a0» et les accents n’ont pas à être répétés."
                ),
                "fields": ["campagne", "mot", "famille"],
            },
        )
    ]


class AnnonceForm(forms.ModelForm):
    publics = forms.MultipleChoiceField(
        label="Pour",
        choices=Annonce.Public.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Aucune case\u00a0: tout le monde.",
    )

    def clean(self) -> None:
        saisie = super().clean() or self.cleaned_data
        campagne = saisie.get("campagne") or getattr(self.instance, "campagne", None)
        if not (campagne and saisie.get("importante") and saisie.get("du") and saisie.get("au")):
            return
        autre = (
            Annonce.objects.filter(campagne=campagne, importante=True, du__lt=saisie["au"], au__gt=saisie["du"])
            .exclude(pk=self.instance.pk)
            .first()
        )
        if autre:
            jour = dire_jour(jour_de(autre.au))
            raise ValidationError(
                f"Une annonce importante est déjà en ligne jusqu’au {jour}\u00a0: «\u00a0{autre.titre}\u00a0»."
            )


@admin.register(Annonce)
class AnnonceAdmin(GestionDuReferentiel):
    chemin_academie = "campagne__academie"
    chemin_campagne = "campagne"
    form = AnnonceForm
    effacable = True
    list_display = ["titre", "du", "au", "importante", "campagne"]
    list_filter = ["campagne", "importante"]
    search_fields = ["titre", "texte"]
    list_select_related = ["campagne__academie"]
    date_hierarchy = "du"
    fixes_apres_creation = ("campagne",)
    fieldsets = [
        (None, {"fields": ["campagne", "titre", "texte"]}),
        (
            "Diffusion",
            {
                "description": (
                    "Une annonce importante s’affiche en tête de toutes les pages\u00a0; une seule à la fois."
                ),
                "fields": ["publics", "departements", "du", "au", "importante"],
            },
        ),
    ]
