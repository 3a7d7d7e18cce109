"""Les lignes du calendrier d'une campagne, les dérogations, les vacances (écran S7)."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from referentiel.admin.socle import GestionDuReferentiel, Lignes, LignesNommees, RechercheSansAccents
from referentiel.models import Campagne, Derogation, Periode, Vacances
from referentiel.rules.calendrier import LIBELLES, Bornes, Calendrier, Nature, dates_manquantes, incoherences
from referentiel.services import accorder_une_derogation, pourquoi_pas_cette_derogation

ANNEES = range(2000, 2101)
HORS_DU_SIECLE = f"Les dates d’une campagne sont entre {ANNEES.start} et {ANNEES.stop - 1}."
ORDRE = {nature: rang for rang, nature in enumerate(Nature)}


class PeriodeForm(forms.ModelForm):
    """Deux dates ; la période elle-même ne se change pas."""

    class Meta:
        widgets = {"nature": forms.HiddenInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "nature" in self.fields:
            self.fields["nature"].disabled = self.instance.pk is not None

    @property
    def nature(self) -> Nature | None:
        valeur = self.instance.nature or self.initial.get("nature")
        return Nature(valeur) if valeur in list(Nature) else None

    @property
    def libelle(self) -> str:
        return LIBELLES[self.nature] if self.nature else ""


class PeriodesFormSet(LignesNommees):
    """Les neuf périodes, toujours ; un calendrier qui se contredit est refusé, les deux dates nommées (R3)."""

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        for champ in ("debut", "fin"):
            if champ in form.fields:
                form.fields[champ].widget.attrs["aria-label"] = (
                    f"{form.libelle}, {str(form.fields[champ].label).lower()}"
                )
        super().add_fields(form, index)

    @property
    def dans_l_ordre(self) -> list[forms.ModelForm]:
        return sorted(self.forms, key=lambda formulaire: ORDRE.get(formulaire.nature, len(ORDRE)))

    def clean(self) -> None:
        super().clean()
        saisies = [getattr(formulaire, "cleaned_data", {}) for formulaire in self.forms]
        jours = [saisie.get(borne) for saisie in saisies for borne in ("debut", "fin")]
        if any(jour and jour.year not in ANNEES for jour in jours):
            raise ValidationError(HORS_DU_SIECLE)
        calendrier = Calendrier(
            {
                Nature(saisie["nature"]): Bornes(saisie.get("debut"), saisie.get("fin"))
                for saisie in saisies
                if saisie.get("nature")
            }
        )
        manques = dates_manquantes(calendrier) if self.instance.est_ouverte else []
        if defauts := [*incoherences(calendrier), *manques]:
            raise ValidationError(defauts)


class PeriodeInline(Lignes):
    model = Periode
    form = PeriodeForm
    formset = PeriodesFormSet
    fields = ["nature", "debut", "fin"]
    max_num = len(Nature)
    can_delete = False
    template = "admin/referentiel/campagne/periodes.html"
    verbose_name_plural = "calendrier"

    def get_extra(self, request: HttpRequest, obj: Campagne | None = None, **kwargs: Any) -> int:
        return len(natures_absentes(obj)) if obj else 0

    def get_min_num(self, request: HttpRequest, obj: Campagne | None = None, **kwargs: Any) -> int:
        return 0


def natures_absentes(campagne: Campagne) -> list[Nature]:
    presentes = {periode.nature for periode in campagne.periodes.all()}
    return [nature for nature in Nature if nature not in presentes]


class VacancesForm(forms.ModelForm):
    def clean(self) -> None:
        saisie = super().clean() or self.cleaned_data
        if any(saisie[borne].year not in ANNEES for borne in ("debut", "fin") if saisie.get(borne)):
            raise ValidationError(HORS_DU_SIECLE)


class VacancesInline(Lignes):
    model = Vacances
    form = VacancesForm
    ajouter = "Ajouter des vacances"


class DerogationForm(forms.ModelForm):
    def clean(self) -> None:
        saisie = super().clean() or self.cleaned_data
        campagne = saisie.get("campagne") or getattr(self.instance, "campagne", None)
        if saisie.get("jusqu_au") and saisie["jusqu_au"].year not in ANNEES:
            raise ValidationError(HORS_DU_SIECLE)
        nature = saisie.get("nature") or self.instance.nature
        if campagne and nature and saisie.get("jusqu_au") and saisie.get("motif"):
            raison = pourquoi_pas_cette_derogation(campagne, Nature(nature), saisie["jusqu_au"], saisie["motif"])
            if raison:
                raise ValidationError(raison)


@admin.register(Derogation)
class DerogationAdmin(RechercheSansAccents, GestionDuReferentiel):
    chemin_academie = "campagne__academie"
    chemin_campagne = "campagne"
    form = DerogationForm
    ajouter = "Accorder une dérogation"
    effacable = True
    list_display = ["etablissement", "nature", "jusqu_au", "motif", "campagne"]
    list_filter = ["campagne", "nature"]
    search_fields = ["etablissement__recherche"]
    search_help_text = "Nom, commune ou code UAI de l’établissement."
    autocomplete_fields = ["etablissement"]
    list_select_related = ["campagne__academie", "etablissement"]
    fixes_apres_creation = ("campagne", "etablissement", "nature")
    date_hierarchy = "jusqu_au"
    fieldsets = [
        (
            None,
            {
                "description": (
                    "Un délai accordé à un seul établissement sur une seule période. "
                    "Le jour indiqué compte jusqu’à 23 h 59."
                ),
                "fields": ["campagne", "etablissement", "nature", "jusqu_au", "motif"],
            },
        )
    ]

    def save_model(self, request: HttpRequest, obj: Derogation, form: forms.ModelForm, change: bool) -> None:
        obj.pk = accorder_une_derogation(
            campagne=obj.campagne,
            etablissement=obj.etablissement,
            nature=Nature(obj.nature),
            jusqu_au=obj.jusqu_au,
            motif=obj.motif,
            par=request.user,
            le=request.le,
        ).pk

    def _consigner(self, request: HttpRequest, objet: Derogation, change: bool) -> None:
        """Le service l'a consigné."""


@admin.register(Vacances)
class VacancesAdmin(GestionDuReferentiel):
    chemin_academie = "campagne__academie"
    chemin_campagne = "campagne"
    form = VacancesForm
    ajouter = "Ajouter des vacances"
    effacable = True
    list_display = ["libelle", "debut", "fin", "campagne"]
    list_filter = ["campagne"]
    list_select_related = ["campagne__academie"]
    fixes_apres_creation = ("campagne",)
    fieldsets = [
        (
            None,
            {
                "description": (
                    "Premier et dernier jours de congé, compris\u00a0; le jour de la rentrée n’en est pas. "
                    "Un entretien pendant les vacances reste possible, après un avertissement."
                ),
                "fields": ["campagne", "libelle", ("debut", "fin")],
            },
        )
    ]
