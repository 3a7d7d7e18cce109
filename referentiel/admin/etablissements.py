"""Académies et établissements."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError

from referentiel.admin.socle import (
    ChampUai,
    FiltreDepartement,
    FiltreVide,
    GestionDuReferentiel,
    Lignes,
    RechercheSansAccents,
)
from referentiel.models import Academie, AliasUai, Etablissement
from referentiel.presentation import nom_du_departement


@admin.register(Academie)
class AcademieAdmin(RechercheSansAccents, GestionDuReferentiel):
    list_display = ["nom", "departements_lisibles", "contact_courriel", "contact_telephone"]
    search_fields = ["code"]
    fixes_apres_creation = ("code",)
    fieldsets = [
        (None, {"fields": ["nom", "code", "departements"]}),
        (
            "Contact du SAIO",
            {
                "description": "Montré aux établissements qui ont besoin d’aide.",
                "fields": ["contact_courriel", "contact_telephone"],
            },
        ),
    ]

    def dans_le_perimetre(self, queryset, request):
        return queryset.filter(pk__in=request.perimetre.academies_administrees)

    def has_add_permission(self, request) -> bool:
        return request.user.is_superuser

    def get_readonly_fields(self, request, obj=None) -> tuple[str, ...]:
        """Les départements bornent ce que le SAIO lit : il n'étend pas lui-même son périmètre."""
        fixes = super().get_readonly_fields(request, obj)
        return fixes if request.user.is_superuser else (*fixes, "departements")

    @admin.display(description="départements")
    def departements_lisibles(self, academie: Academie) -> str:
        return ", ".join(nom_du_departement(code) for code in academie.departements)


class SansMessagerie(FiltreVide):
    mots = ("Sans messagerie", "Avec messagerie")


class EtablissementForm(forms.ModelForm):
    uai = ChampUai()

    def clean_uai(self) -> str:
        uai = self.cleaned_data["uai"]
        if AliasUai.objects.filter(uai=uai).exists():
            raise ValidationError(f"{uai} est déjà l’autre code d’un établissement.")
        return uai


class AliasForm(forms.ModelForm):
    uai = ChampUai()

    def clean_uai(self) -> str:
        uai = self.cleaned_data["uai"]
        if Etablissement.objects.filter(uai=uai).exists():
            raise ValidationError(f"{uai} est déjà le code principal d’un établissement.")
        return uai


class AliasInline(Lignes):
    model = AliasUai
    form = AliasForm
    ajouter = "Ajouter un code"
    verbose_name_plural = "autres codes UAI, par exemple celui de la section d’enseignement professionnel"


@admin.register(Etablissement)
class EtablissementAdmin(RechercheSansAccents, GestionDuReferentiel):
    chemin_academie = "academie"
    ajouter = "Ajouter un établissement"
    form = EtablissementForm
    inlines = [AliasInline]
    list_display = ["nom", "commune", "departement_en_mots", "uai", "type", "messagerie"]
    list_filter = [
        "type",
        ("departement", FiltreDepartement),
        ("messagerie", SansMessagerie),
        "secteur",
        "academie",
    ]
    search_fields = ["recherche", "alias__uai"]
    search_help_text = "Nom, commune ou code UAI, sans égard aux accents."
    list_select_related = ["academie"]
    fixes_apres_creation = ("uai", "academie")
    fieldsets = [
        (
            None,
            {
                "description": "Le code UAI identifie l’établissement\u00a0; il ne change plus après sa création.",
                "fields": ["uai", "nom", ("type", "secteur", "contrat"), "academie"],
            },
        ),
        ("Adresse", {"fields": ["adresse", ("code_postal", "commune", "departement"), ("latitude", "longitude")]}),
        (
            "Contact",
            {
                "description": "Les convocations partent à la messagerie fonctionnelle, sous la signature du chef.",
                "fields": ["messagerie", "telephone", "chef"],
            },
        ),
        ("Au catalogue public", {"fields": ["portes_ouvertes"]}),
    ]

    @admin.display(description="département", ordering="departement")
    def departement_en_mots(self, etablissement: Etablissement) -> str:
        return nom_du_departement(etablissement.departement)
