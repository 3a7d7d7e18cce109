"""Campagnes et calendriers, dérogations, vacances (écran S7)."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from referentiel.admin.socle import GestionDuReferentiel, Lignes, LignesNommees, RechercheSansAccents
from referentiel.models import Campagne, Derogation, Periode, Vacances
from referentiel.prereglages import noms_des_prereglages
from referentiel.presentation import frise_du_calendrier
from referentiel.rules.calendrier import (
    Bornes,
    Calendrier,
    Nature,
    dates_manquantes,
    incoherences,
    remarques,
)
from referentiel.rules.dates import jour_de
from referentiel.rules.refus import Refus
from referentiel.services import (
    clore_la_campagne,
    creer_campagne,
    defauts_d_ouverture,
    dupliquer_la_campagne,
    ouvrir_la_campagne,
    pourquoi_pas_cette_derogation,
)

REPRISE = "campagne-"
ANNEES = range(2000, 2101)
HORS_DU_SIECLE = f"Les dates d’une campagne sont entre {ANNEES.start} et {ANNEES.stop - 1}."


class PeriodesFormSet(LignesNommees):
    """Un calendrier qui se contredit est refusé, les deux dates nommées (R3)."""

    def clean(self) -> None:
        super().clean()
        jours = [saisie.get(borne) for saisie in map(_saisie, self._formulaires_gardes()) for borne in ("debut", "fin")]
        if any(jour and jour.year not in ANNEES for jour in jours):
            raise ValidationError(HORS_DU_SIECLE)
        calendrier = Calendrier(
            {
                Nature(saisie["nature"]): Bornes(saisie.get("debut"), saisie.get("fin"))
                for saisie in map(_saisie, self._formulaires_gardes())
                if saisie.get("nature")
            }
        )
        manques = dates_manquantes(calendrier) if self.instance.est_ouverte else []
        if defauts := [*incoherences(calendrier), *manques]:
            raise ValidationError(defauts)

    def _formulaires_gardes(self) -> list[forms.ModelForm]:
        return [formulaire for formulaire in self.forms if not self._should_delete_form(formulaire)]


def _saisie(formulaire: forms.ModelForm) -> dict[str, Any]:
    return getattr(formulaire, "cleaned_data", {})


class PeriodeInline(Lignes):
    model = Periode
    formset = PeriodesFormSet
    verbose_name_plural = "calendrier\u00a0: chaque période, premier et dernier jours compris"


class VacancesInline(Lignes):
    model = Vacances


class NouvelleCampagneForm(forms.ModelForm):
    """Une campagne naît d'un préréglage ou d'une campagne d'avant, jamais de rien (R5, S8)."""

    annee = forms.IntegerField(
        label="année",
        min_value=ANNEES.start,
        max_value=ANNEES.stop - 1,
        help_text="Année civile des entretiens, par exemple 2027.",
    )
    modele = forms.ChoiceField(
        label="d’après",
        help_text="Le calendrier est porté à l’année choisie\u00a0; tout se règle ensuite, avant l’ouverture.",
    )

    class Meta:
        model = Campagne
        fields = ["academie", "annee", "intitule"]

    campagnes: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reprises = [(f"{REPRISE}{campagne.pk}", str(campagne)) for campagne in self.campagnes]
        self.fields["modele"].choices = [
            ("Préréglages", list(noms_des_prereglages().items())),
            ("Campagnes précédentes", reprises),
        ]

    def clean(self) -> dict[str, Any]:
        saisie = super().clean() or self.cleaned_data
        reprise = self.campagne_reprise()
        if reprise and saisie.get("academie") != reprise.academie:
            raise ValidationError("Une campagne se duplique dans son académie.")
        return saisie

    def campagne_reprise(self) -> Campagne | None:
        modele = self.cleaned_data.get("modele", "")
        return self.campagnes.get(pk=modele.removeprefix(REPRISE)) if modele.startswith(REPRISE) else None


@admin.register(Campagne)
class CampagneAdmin(GestionDuReferentiel):
    chemin_academie = "academie"
    chemin_campagne = ""
    inlines = [PeriodeInline, VacancesInline]
    list_display = ["intitule", "academie", "annee", "etat_lisible", "inscriptions", "fermeture"]
    list_filter = ["etat", "annee", "academie"]
    search_fields = ["intitule"]
    list_select_related = ["academie"]
    fixes_apres_creation = ("academie", "etat_lisible")
    change_form_template = "admin/referentiel/campagne/change_form.html"
    fieldsets = [
        (
            None,
            {
                "description": (
                    "Une académie n’a qu’une campagne ouverte à la fois. Une campagne close reste lisible, "
                    "plus rien n’y change."
                ),
                "fields": ["academie", "annee", "intitule", "etat_lisible"],
            },
        )
    ]
    fieldsets_de_creation = [
        (
            None,
            {
                "description": (
                    "La campagne est préparée avec un calendrier, des règles, une matrice et les mots à rappeler. "
                    "Elle ne s’ouvre qu’à votre demande."
                ),
                "fields": ["academie", "annee", "intitule", "modele"],
            },
        )
    ]

    def get_queryset(self, request: HttpRequest):
        return super().get_queryset(request).prefetch_related("periodes")

    def get_fieldsets(self, request: HttpRequest, obj: Campagne | None = None):
        return self.fieldsets if obj else self.fieldsets_de_creation

    def get_inlines(self, request: HttpRequest, obj: Campagne | None):
        return self.inlines if obj else []

    def get_form(self, request: HttpRequest, obj: Campagne | None = None, change: bool = False, **kwargs: Any):
        if obj:
            return super().get_form(request, obj, change=change, **kwargs)
        formulaire = super().get_form(
            request, obj, change=change, form=NouvelleCampagneForm, fields=["academie", "annee", "intitule"]
        )
        formulaire.campagnes = self.get_queryset(request).select_related("academie")
        return formulaire

    def save_model(self, request: HttpRequest, obj: Campagne, form: forms.ModelForm, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        champs = {"annee": obj.annee, "intitule": obj.intitule, "par": request.user, "le": request.le}
        reprise = form.campagne_reprise()
        campagne = (
            dupliquer_la_campagne(campagne=reprise, **champs)
            if reprise
            else creer_campagne(academie=obj.academie, prereglage=form.cleaned_data["modele"], **champs)
        )
        obj.pk = campagne.pk
        obj.refresh_from_db()

    def _consigner(self, request: HttpRequest, objet: Campagne, change: bool) -> None:
        if change:
            super()._consigner(request, objet, change)

    def response_add(self, request: HttpRequest, obj: Campagne, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(
            request, f"Succès\u00a0: {obj} est préparée. Vérifiez son calendrier et ses règles, puis ouvrez-la."
        )
        return redirect("admin:referentiel_campagne_change", obj.pk)

    def response_change(self, request: HttpRequest, obj: Campagne) -> HttpResponse:
        conges = [(vacances.libelle, Bornes(vacances.debut, vacances.fin)) for vacances in obj.vacances.all()]
        relue = Campagne.objects.prefetch_related("periodes").get(pk=obj.pk)
        for remarque in remarques(relue.calendrier, conges):
            messages.warning(request, f"Attention\u00a0: {remarque}")
        return super().response_change(request, obj)

    def view_on_site(self, obj: Campagne) -> str:
        return f"{reverse('referentiel:calendrier')}?academie={obj.academie.code}"

    @admin.display(description="état", ordering="etat")
    def etat_lisible(self, campagne: Campagne) -> str:
        return format_html('<span class="etat etat-{}">{}</span>', campagne.etat, campagne.get_etat_display())

    @admin.display(description="inscriptions")
    def inscriptions(self, campagne: Campagne) -> str:
        bornes = campagne.calendrier.periodes.get(Nature.INSCRIPTION, Bornes())
        return f"{_dire(bornes.debut)} – {_dire(bornes.fin)}"

    @admin.display(description="fermeture")
    def fermeture(self, campagne: Campagne) -> str:
        return _dire(campagne.calendrier.periodes.get(Nature.FERMETURE, Bornes()).fin)

    # Ouvrir, clore ------------------------------------------------------------------------------------------

    def get_urls(self) -> list:
        propres = [
            path(
                "<path:object_id>/ouvrir/",
                self.admin_site.admin_view(self.ouvrir),
                name="referentiel_campagne_ouvrir",
            ),
            path("<path:object_id>/clore/", self.admin_site.admin_view(self.clore), name="referentiel_campagne_clore"),
        ]
        return [*propres, *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, obj=None, **kwargs: Any):
        if obj:
            context["frise"] = frise_du_calendrier(obj.calendrier, jour_de(request.le))
            context["en_preparation"] = obj.etat == Campagne.Etat.PREPARATION
            context["ouverte"] = obj.est_ouverte
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def ouvrir(self, request: HttpRequest, object_id: str) -> HttpResponse:
        campagne = self._campagne_a_changer(request, object_id)
        return self._confirmer(
            request,
            campagne,
            question=f"Ouvrir «\u00a0{campagne.intitule}\u00a0»\u00a0?",
            consequences=[
                "Les établissements de l’académie y entrent aux dates du calendrier.",
                "Les règles et la matrice ne pourront plus changer\u00a0; le calendrier reste réglable.",
            ],
            defauts=defauts_d_ouverture(campagne),
            verbe="Ouvrir la campagne",
            geste=ouvrir_la_campagne,
            succes=f"Succès\u00a0: {campagne.intitule} est ouverte.",
        )

    def clore(self, request: HttpRequest, object_id: str) -> HttpResponse:
        campagne = self._campagne_a_changer(request, object_id)
        return self._confirmer(
            request,
            campagne,
            question=f"Clore «\u00a0{campagne.intitule}\u00a0»\u00a0?",
            consequences=[
                "Plus rien n’y changera\u00a0: inscriptions, avis, comptes-rendus, calendrier et règles.",
                "Elle reste lisible par ceux qui pouvaient la lire. Une campagne close ne se rouvre pas.",
            ],
            defauts=[],
            verbe="Clore la campagne",
            geste=clore_la_campagne,
            succes=f"Succès\u00a0: {campagne.intitule} est close.",
        )

    def _campagne_a_changer(self, request: HttpRequest, object_id: str) -> Campagne:
        campagne = self.get_object(request, unquote(object_id))
        if campagne is None:
            raise Http404
        if not self.has_change_permission(request, campagne):
            raise PermissionDenied
        return campagne

    def _confirmer(
        self,
        request: HttpRequest,
        campagne: Campagne,
        *,
        question: str,
        consequences: list[str],
        defauts: list[str],
        verbe: str,
        geste: Any,
        succes: str,
    ) -> HttpResponse:
        if request.method == "POST":
            try:
                geste(campagne=campagne, par=request.user, le=request.le)
            except Refus as refus:
                messages.error(request, f"Erreur\u00a0: {refus}")
            else:
                messages.success(request, succes)
            return redirect("admin:referentiel_campagne_change", campagne.pk)
        contexte = {
            **self.admin_site.each_context(request),
            "title": question,
            "opts": self.opts,
            "original": campagne,
            "consequences": consequences,
            "defauts": defauts,
            "verbe": verbe,
        }
        return TemplateResponse(request, "admin/referentiel/campagne/confirmer.html", contexte)


class DerogationForm(forms.ModelForm):
    def clean(self) -> None:
        saisie = super().clean() or self.cleaned_data
        campagne = saisie.get("campagne") or getattr(self.instance, "campagne", None)
        if saisie.get("jusqu_au") and saisie["jusqu_au"].year not in ANNEES:
            raise ValidationError(HORS_DU_SIECLE)
        if campagne and saisie.get("jusqu_au") and saisie.get("motif"):
            nature = Nature(saisie.get("nature") or self.instance.nature)
            raison = pourquoi_pas_cette_derogation(campagne, nature, saisie["jusqu_au"], saisie["motif"])
            if raison:
                raise ValidationError(raison)


@admin.register(Derogation)
class DerogationAdmin(RechercheSansAccents, GestionDuReferentiel):
    chemin_academie = "campagne__academie"
    chemin_campagne = "campagne"
    form = DerogationForm
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


@admin.register(Vacances)
class VacancesAdmin(GestionDuReferentiel):
    chemin_academie = "campagne__academie"
    chemin_campagne = "campagne"
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


def _dire(jour) -> str:
    return f"{jour:%d/%m/%Y}" if jour else "N/A"
