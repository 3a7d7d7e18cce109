"""Les personnes et leurs places (écran S9, R36)."""

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from comptes.admin import PersonneAdmin
from comptes.administration import administre
from comptes.models import Personne
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
class RattachementAdmin(RechercheSansAccents, GestionDuReferentiel):
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

    def dans_le_perimetre(self, queryset: QuerySet[Rattachement], request: HttpRequest) -> QuerySet[Rattachement]:
        return queryset.filter(_dans(request))


def _dans(request: HttpRequest) -> Q:
    academies = request.perimetre.academies_administrees
    return Q(etablissement__academie__in=academies) | Q(academie__in=academies)
