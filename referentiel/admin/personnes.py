"""Les personnes et leurs places (écran S9, R36)."""

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.forms import ModelForm
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from comptes.admin import ApresUnePreuve, PersonneAdmin
from comptes.administration import administre
from comptes.models import Personne
from comptes.services import consigner
from referentiel.admin.socle import Blocs, GestionDuReferentiel, RechercheSansAccents
from referentiel.models import Rattachement

PLACE = ["role", "fonction", "etablissement", "academie", "departement"]
DROITS = ["origine", "accueil", "saisit_les_avis", "valide_les_comptes_rendus", "tient_l_offre"]


class RattachementInline(Blocs):
    model = Rattachement
    autocomplete_fields = ["etablissement"]
    verbose_name = "place"
    verbose_name_plural = "places\u00a0: ce que cette personne voit et fait, établissement par établissement"
    fieldsets = [(None, {"fields": [("role", "fonction"), "etablissement", ("academie", "departement"), *DROITS]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rattachement]:
        places = super().get_queryset(request)
        return places if request.user.is_superuser else places.filter(_dans(request))


@admin.register(Personne)
class PersonnesEtPlacesAdmin(GestionDuReferentiel, PersonneAdmin):
    """Le SAIO voit les personnes qui ont une place dans son académie, et celles qui n'en ont encore aucune."""

    inlines = [RattachementInline]

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: BaseInlineFormSet, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        for place in formset.new_objects:
            _consigner_la_place(request, place, "place donnée")
        for place, _ in formset.changed_objects:
            _consigner_la_place(request, place, "droits changés")
        for place in formset.deleted_objects:
            _consigner_la_place(request, place, "place retirée")

    def dans_le_perimetre(self, queryset: QuerySet[Personne], request: HttpRequest) -> QuerySet[Personne]:
        places = Rattachement.objects.filter(personne=OuterRef("pk"))
        ici = places.filter(_dans(request))
        return queryset.filter(Exists(ici) | ~Exists(places), is_superuser=False)

    def has_change_permission(self, request: HttpRequest, obj: Personne | None = None) -> bool:
        """Le compte d'une personne qui a aussi une place ailleurs ne se change que par l'administration générale."""
        if not administre(request) or obj is None or request.user.is_superuser:
            return administre(request)
        return not obj.is_superuser and not obj.rattachements.exclude(_dans(request)).exists()


@admin.register(Rattachement)
class RattachementAdmin(RechercheSansAccents, GestionDuReferentiel, ApresUnePreuve):
    effacable = True
    list_display = ["personne", "role", "fonction", "etablissement", "academie", "origine", "accueil"]
    list_filter = ["role", "origine", "accueil", "etablissement__departement"]
    search_fields = ["etablissement__recherche"]
    search_help_text = "Nom, commune ou code UAI de l’établissement."
    autocomplete_fields = ["personne", "etablissement"]
    list_select_related = ["personne", "etablissement", "academie"]
    fixes_apres_creation = ("personne",)
    fieldsets = [
        (None, {"fields": ["personne", *PLACE]}),
        (
            "Droits",
            {
                "description": "Le chef d’établissement a tous les droits de son côté\u00a0; "
                "il peut les donner à d’autres.",
                "fields": DROITS,
            },
        ),
    ]

    def save_model(self, request: HttpRequest, obj: Rattachement, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.has_changed():
            _consigner_la_place(request, obj, "droits changés" if change else "place donnée")

    def delete_model(self, request: HttpRequest, obj: Rattachement) -> None:
        _consigner_la_place(request, obj, "place retirée")
        super().delete_model(request, obj)

    def dans_le_perimetre(self, queryset: QuerySet[Rattachement], request: HttpRequest) -> QuerySet[Rattachement]:
        return queryset.filter(_dans(request))


def _consigner_la_place(request: HttpRequest, place: Rattachement, quoi: str) -> None:
    """Un droit donné dans l'administration se lit aussi sur la page de l'établissement (R39)."""
    if place.etablissement is not None:
        consigner(
            objet=place.etablissement,
            fait="equipe",
            phrase=f"{place.personne} ({place.libelle})\u00a0: {quoi} par le SAIO."[:300],
            par=request.user,
            le=request.le,
        )


def _dans(request: HttpRequest) -> Q:
    academies = request.perimetre.academies_administrees
    return Q(etablissement__academie__in=academies) | Q(academie__in=academies)
