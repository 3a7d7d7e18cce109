"""Mots à rappeler et annonces (R31b, écran S11)."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Case, CharField, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.html import format_html

from referentiel.admin.calendrier import ANNEES, HORS_DU_SIECLE
from referentiel.admin.socle import GestionDuReferentiel
from referentiel.annonces import montrer
from referentiel.models import Academie, Annonce, MotARappeler
from referentiel.presentation import nom_du_departement
from referentiel.rules.dates import dire_instant, dire_jour, jour_de

ETATS = {"programmee": "Programmée", "en_ligne": "En ligne", "terminee": "Terminée"}
CLASSES_DES_ETATS = {"programmee": "preparation", "en_ligne": "ouverte", "terminee": "close"}


@admin.register(MotARappeler)
class MotARappelerAdmin(GestionDuReferentiel):
    chemin_academie = "campagne__academie"
    chemin_campagne = "campagne"
    effacable = True
    ajouter = "Ajouter un mot"
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
    departements = forms.MultipleChoiceField(
        label="Départements",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Aucune case\u00a0: toute l’académie. Les pages publiques ne montrent que ces annonces-là.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "departements" in self.fields:
            self.fields["departements"].choices = [(code, nom_du_departement(code)) for code in self._departements()]

    def _departements(self) -> list[str]:
        """Départements des académies où cette personne publie ; ceux de la campagne, une fois choisie."""
        if self.instance.pk:
            return list(self.instance.campagne.academie.departements)
        campagnes = self.fields["campagne"].queryset
        academies = Academie.objects.filter(campagnes__in=campagnes).distinct().order_by("nom")
        return [code for academie in academies for code in academie.departements]

    def clean(self) -> None:
        saisie = super().clean() or self.cleaned_data
        if any(borne.year not in ANNEES for borne in (saisie.get("du"), saisie.get("au")) if borne):
            raise ValidationError(HORS_DU_SIECLE)
        campagne = saisie.get("campagne") or (self.instance.campagne if self.instance.campagne_id else None)
        if campagne is None:
            return
        self._exiger_les_departements_de(campagne.academie, saisie.get("departements") or [])
        if saisie.get("importante") and saisie.get("du") and saisie.get("au"):
            self._exiger_la_seule_importante(campagne, saisie["du"], saisie["au"])

    def _exiger_les_departements_de(self, academie: Academie, codes: list[str]) -> None:
        if ailleurs := [nom_du_departement(code) for code in codes if code not in academie.departements]:
            self.add_error("departements", f"Hors de l’académie de {academie.nom}\u00a0: {', '.join(ailleurs)}.")

    def _exiger_la_seule_importante(self, campagne: Any, du: datetime, au: datetime) -> None:
        autres = Annonce.objects.filter(campagne=campagne, importante=True, du__lt=au, au__gt=du)
        if autre := autres.exclude(pk=self.instance.pk).first():
            raise ValidationError(
                f"Une annonce importante est déjà en ligne jusqu’au {dire_jour(jour_de(autre.au))}\u00a0: "
                f"«\u00a0{autre.titre}\u00a0»."
            )


class ParEtat(admin.SimpleListFilter):
    """« Programmée », « En ligne », « Terminée », à l'instant de la requête."""

    title = "état"
    parameter_name = "etat"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return list(ETATS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(etat_du_moment=self.value()) if self.value() in ETATS else queryset


@admin.register(Annonce)
class AnnonceAdmin(GestionDuReferentiel):
    chemin_academie = "campagne__academie"
    chemin_campagne = "campagne"
    form = AnnonceForm
    effacable = True
    ajouter = "Ajouter une annonce"
    change_form_template = "admin/referentiel/annonce/change_form.html"
    list_display = ["titre", "etat", "du", "au", "importante", "campagne"]
    list_filter = [ParEtat, "campagne", "importante"]
    search_fields = ["titre", "texte"]
    list_select_related = ["campagne__academie"]
    date_hierarchy = "du"
    fixes_apres_creation = ("campagne",)
    fieldsets = [
        (
            None,
            {
                "description": (
                    "Du texte, sans balise\u00a0: une ligne vide sépare deux paragraphes, "
                    "une adresse en https:// devient un lien."
                ),
                "fields": ["campagne", "titre", "texte"],
            },
        ),
        (
            "Diffusion",
            {
                "description": (
                    "Une annonce importante s’affiche en tête de toutes les pages\u00a0; une seule à la fois. "
                    "Les autres se lisent en bas d’«\u00a0À faire\u00a0»."
                ),
                "fields": ["publics", "departements", "du", "au", "importante"],
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        etat = Case(
            When(du__gt=request.le, then=Value("programmee")),
            When(au__lte=request.le, then=Value("terminee")),
            default=Value("en_ligne"),
            output_field=CharField(),
        )
        return super().get_queryset(request).annotate(etat_du_moment=etat)

    @admin.display(description="état", ordering="etat_du_moment")
    def etat(self, annonce: Annonce) -> str:
        classe = CLASSES_DES_ETATS[annonce.etat_du_moment]
        return format_html('<span class="etat etat-{}">{}</span>', classe, ETATS[annonce.etat_du_moment])

    def get_urls(self) -> list:
        apercu = path("apercu/", self.admin_site.admin_view(self.apercu), name="referentiel_annonce_apercu")
        return [apercu, *super().get_urls()]

    def apercu(self, request: HttpRequest) -> HttpResponse:
        """Ce que les lecteurs verront, avec les vrais composants ; rien n'est enregistré."""
        if not self.has_add_permission(request) or request.method != "POST":
            return redirect("admin:referentiel_annonce_changelist")
        saisie = ApercuForm(request.POST)
        contexte: dict[str, Any] = {"form": saisie}
        if saisie.is_valid():
            donnees = saisie.cleaned_data
            contexte |= {
                "annonce": montrer(donnees["titre"], donnees["texte"], importante=donnees["importante"]),
                "publics": [str(Annonce.Public(public).label) for public in donnees["publics"]],
                "departements": [nom_du_departement(code) for code in request.POST.getlist("departements")[:20]],
            }
        return render(request, "admin/referentiel/annonce/apercu.html", contexte)

    def response_add(self, request: HttpRequest, obj: Annonce, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(request, _phrase_de_publication(obj, request.le))
        return redirect("admin:referentiel_annonce_changelist")


class ApercuForm(forms.Form):
    """Ce dont l'aperçu d'une annonce a besoin ; le reste se vérifie à l'enregistrement."""

    titre = forms.CharField(label="Titre", max_length=120)
    texte = forms.CharField(label="Texte", max_length=1000)
    publics = forms.MultipleChoiceField(choices=Annonce.Public.choices, required=False)
    importante = forms.BooleanField(required=False)


def _phrase_de_publication(annonce: Annonce, le: datetime) -> str:
    jusqu_au = dire_jour(jour_de(annonce.au))
    if annonce.au <= le:
        return f"Succès\u00a0: annonce enregistrée, déjà terminée depuis le {jusqu_au}."
    if annonce.du > le:
        return f"Succès\u00a0: annonce programmée pour le {dire_instant(annonce.du)}, jusqu’au {jusqu_au}."
    return f"Succès\u00a0: annonce publiée jusqu’au {jusqu_au}."
