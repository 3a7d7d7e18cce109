"""Ce que partagent les pages du référentiel : campagne close, recherche sans accents, choix de l'académie."""

from collections.abc import Callable, Collection, Iterator
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.db import models
from django.forms import ModelChoiceField
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from comptes.administration import Gestion, administre
from referentiel.models import Academie, Campagne
from referentiel.models.etablissements import valider_uai
from referentiel.presentation import nom_du_departement
from referentiel.rules.identifiants import cle_de_recherche, mettre_au_propre
from referentiel.rules.refus import Refus
from referentiel.services import tenir_la_campagne

REVOIR = "_revoir"
CONFIRMER = "_confirmer"
CHIFFRES_D_UNE_CLE = 18


class GestionDuReferentiel(Gestion):
    """Une page du référentiel : ce qui est d'une campagne close s'y lit seulement (R1)."""

    # Bouton qui ouvre la page d'ajout, par exemple « Accorder une dérogation ».
    ajouter: ClassVar[str] = ""

    # Chemin vers la campagne ; vide pour la campagne elle-même, `None` pour ce qui n'est d'aucune campagne.
    chemin_campagne: ClassVar[str | None] = None
    refus_attendus = (*Gestion.refus_attendus, Refus)

    def campagne_de(self, objet: models.Model) -> Campagne | None:
        if self.chemin_campagne is None:
            return None
        for etape in filter(None, self.chemin_campagne.split("__")):
            objet = getattr(objet, etape)
        return objet

    def est_modifiable(self, objet: models.Model) -> bool:
        campagne = self.campagne_de(objet)
        return campagne is None or campagne.etat != Campagne.Etat.CLOSE

    def prendre(self, objet: models.Model) -> None:
        """La campagne d'abord, comme un import : ni l'un ni l'autre ne s'attend."""
        campagne = self.campagne_de(objet)
        if campagne is not None and campagne is not objet:
            tenir_la_campagne(campagne.pk)
        super().prendre(objet)

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        return super().formfield_for_foreignkey(db_field, request, **_choix_de(self, db_field, request), **kwargs)

    def get_form(
        self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        """« Revoir » montre la saisie sans rien enregistrer."""
        formulaire = super().get_form(request, obj, change=change, **kwargs)
        if REVOIR not in request.POST:
            return formulaire
        return type(formulaire)(formulaire.__name__, (formulaire,), {"is_valid": lambda self: False})

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"ajouter": self.ajouter, **(extra_context or {})})

    def confirmer_un_lot(
        self,
        request: HttpRequest,
        lot: models.QuerySet,
        *,
        action: str,
        question: str,
        consequence: str,
        verbe: str,
        geste: Callable[[Collection[models.Model]], int],
        succes: str,
    ) -> HttpResponse | None:
        """Demande confirmation d'une action de liste, puis l'accomplit sur ce qui se modifie encore (S12)."""
        modifiables = [objet for objet in lot if self.has_change_permission(request, objet)]
        if CONFIRMER in request.POST:
            messages.success(request, f"Succès\u00a0: {succes} ({geste(modifiables)}).")
            return None
        contexte = {
            **self.admin_site.each_context(request),
            "title": question,
            "opts": self.opts,
            "objets": modifiables,
            "laisses": lot.count() - len(modifiables),
            "consequence": consequence,
            "verbe": verbe,
            "action": action,
            "case": ACTION_CHECKBOX_NAME,
            "confirmer": CONFIRMER,
        }
        return TemplateResponse(request, "admin/confirmer_un_lot.html", contexte)


class FiltreDepartement(admin.AllValuesFieldListFilter):
    """« Seine-et-Marne (77) » plutôt que « 077 », parmi les départements que la personne voit."""

    def __init__(
        self, field: models.Field, request: HttpRequest, params: Any, model: Any, model_admin: Any, field_path: str
    ) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        if not request.user.is_superuser:
            academies = choix_permis(model_admin.admin_site, Academie, request)
            vus = {code for academie in academies for code in academie.departements}
            self.lookup_choices = [code for code in self.lookup_choices if code in vus]

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        for choix in super().choices(changelist):
            yield {**choix, "display": nom_du_departement(str(choix["display"]))}


admin.FieldListFilter.register(lambda champ: champ.name == "departement", FiltreDepartement, take_priority=True)


class FiltreVide(admin.EmptyFieldListFilter):
    """« Vide » et « Non vide », dits par les mots du métier."""

    mots: ClassVar[tuple[str, str]]

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        for choix, mot in zip(super().choices(changelist), ("Tout", *self.mots), strict=True):
            yield {**choix, "display": mot}


class RechercheSansAccents:
    """Cherche dans des champs qui gardent des clés sans accents : « recherche », « slug », « cle »."""

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        return super().get_search_results(request, queryset, cle_de_recherche(search_term))


class LignesNommees(BaseInlineFormSet):
    """Chaque saisie d'un tableau porte un nom pour qui ne voit pas ses en-têtes de colonne."""

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        rang = f", ligne {index + 1}" if index is not None else ""
        for champ in (champ for champ in form.fields.values() if not champ.widget.is_hidden):
            composant = getattr(champ.widget, "widget", champ.widget)
            composant.attrs.setdefault("aria-label", f"{champ.label or 'Valeur'}{rang}")


class SuitSaPage:
    """Des lignes qui suivent leur page : on y écrit là où la page s'écrit."""

    extra = 0
    ajouter = "Ajouter une ligne"

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return administre(request)

    def _page_ouverte(self, request: HttpRequest, obj: models.Model | None) -> bool:
        return self.admin_site._registry[self.parent_model].has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._page_ouverte(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._page_ouverte(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._page_ouverte(request, obj)

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        return super().formfield_for_foreignkey(db_field, request, **_choix_de(self, db_field, request), **kwargs)


class Lignes(SuitSaPage, admin.TabularInline):
    """Une ligne de tableau par objet, et une ligne vide : elle se remplit aussi sans script."""

    formset = LignesNommees
    extra = 1


class Blocs(SuitSaPage, admin.StackedInline):
    """Un bloc par objet."""


class ChampUai(forms.CharField):
    """Un code UAI, mis au propre avant d'être contrôlé (R10)."""

    def __init__(self, *, label: str = "code UAI") -> None:
        super().__init__(label=label, max_length=20, validators=[valider_uai])

    def to_python(self, value: Any) -> str:
        return mettre_au_propre(super().to_python(value))


class ListeCherchee(AutocompleteSelect):
    """La liste qui se cherche, où une clé qui n'en est pas une ne désigne rien : Django la demanderait à la base."""

    def optgroups(self, name: str, value: list[str], attr: dict[str, Any] | None = None) -> list:
        cles = [
            cle for cle in value if cle == "" or (cle.isascii() and cle.isdecimal() and len(cle) <= CHIFFRES_D_UNE_CLE)
        ]
        return super().optgroups(name, cles, attr)


def _choix_de(page: admin.options.BaseModelAdmin, champ: models.ForeignKey, request: HttpRequest) -> dict[str, Any]:
    """Les objets qu'un champ propose, et la liste où ils se cherchent."""
    choix: dict[str, Any] = {"queryset": choix_permis(page.admin_site, champ.remote_field.model, request)}
    if champ.name in page.get_autocomplete_fields(request):
        choix["widget"] = ListeCherchee(champ, page.admin_site)
    return choix


def choix_permis(site: admin.AdminSite, modele: type[models.Model], request: HttpRequest) -> models.QuerySet:
    """Les objets que cette personne peut choisir : ceux qu'elle voit, hors campagnes closes (R1, R37)."""
    page = site._registry.get(modele)
    if page is None:
        return modele._default_manager.all()
    visibles = page.get_queryset(request)
    chemin = getattr(page, "chemin_campagne", None)
    if chemin is None:
        return visibles
    return visibles.exclude(**{f"{chemin}__etat" if chemin else "etat": Campagne.Etat.CLOSE})
