"""La boîte d'envoi, en lecture seule : où en est chaque courriel (écran S10)."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from courriers.models import Courriel
from courriers.presentation import texte_sans_liens


@admin.register(Courriel)
class CourrielAdmin(admin.ModelAdmin):
    """Le SAIO voit les courriels des établissements de ses départements ; un lien personnel n'y est jamais lisible."""

    list_display = ["poste_le", "nature", "destinataire", "uai", "etat_lisible", "tentatives", "derniere_erreur"]
    list_display_links = ["poste_le"]
    list_filter = ["etat", "nature", "poste_le"]
    search_fields = ["destinataire", "uai", "sujet"]
    search_help_text = "Destinataire, code UAI ou objet."
    date_hierarchy = "poste_le"
    ordering = ["-poste_le", "-pk"]
    list_per_page = 60
    show_full_result_count = False
    fieldsets = [
        (None, {"fields": ["sujet", "destinataire", "uai", "nature"]}),
        (
            "Parcours",
            {
                "description": "Un courriel non distribué se corrige et repart depuis la page des courriels.",
                "fields": [
                    "etat_lisible",
                    "poste_le",
                    "prochain_essai_le",
                    "tentatives",
                    "envoye_le",
                    "derniere_erreur",
                ],
            },
        ),
        (
            "Contenu",
            {
                "description": "Les liens sont masqués\u00a0: ils n’appartiennent qu’au destinataire.",
                "fields": ["texte_sans_liens", "noms_des_pieces"],
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Courriel]:
        courriels = super().get_queryset(request).defer("html")
        if request.user.is_superuser:
            return courriels
        concernes = Q(pk__in=[])
        for code in request.perimetre.departements_administres:
            concernes |= Q(uai__startswith=code)
        return courriels.filter(concernes)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Courriel | None = None) -> bool:
        return request.user.is_superuser or bool(request.perimetre.academies_administrees)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Courriel | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Courriel | None = None) -> bool:
        return False

    @admin.display(description="état", ordering="etat")
    def etat_lisible(self, courriel: Courriel) -> str:
        return format_html('<span class="etat etat-{}">{}</span>', courriel.etat, courriel.get_etat_display())

    @admin.display(description="texte")
    def texte_sans_liens(self, courriel: Courriel) -> str:
        return texte_sans_liens(courriel.texte)

    @admin.display(description="pièces jointes")
    def noms_des_pieces(self, courriel: Courriel) -> str:
        return ", ".join(piece["fabrique"] for piece in courriel.pieces) or "Aucune"
