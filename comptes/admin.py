"""Personnes et historique dans l'administration.

`PersonneAdmin` est inscrite par `referentiel.admin`, qui connaît les rattachements.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join

from comptes.administration import Consultation, Gestion
from comptes.models import Personne, Trace


class PersonneAdmin(Gestion):
    """Qui se connecte. Le mot de passe ne se voit ni ne se change ici : chacun choisit le sien."""

    list_display = ["nom", "prenom", "courriel", "is_active", "is_staff", "last_login"]
    list_display_links = ["nom"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["nom", "prenom", "courriel"]
    search_help_text = "Nom, prénom ou courriel."
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (
            None,
            {
                "description": "L’adresse professionnelle sert d’identifiant de connexion.",
                "fields": [("civilite", "prenom", "nom"), "courriel"],
            },
        ),
        (
            "Accès",
            {
                "description": (
                    "Un compte ne s’efface pas\u00a0: on le désactive, ce qu’il a fait garde son auteur. "
                    "L’accès à l’administration ne vaut qu’avec une place au SAIO."
                ),
                "fields": ["is_active", "is_staff", "last_login", "date_joined"],
            },
        ),
    ]

    def save_model(self, request: HttpRequest, obj: Personne, form, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)


class FiltreDeSorte(admin.AllValuesFieldListFilter):
    """Les sortes d'objets, par leur nom."""

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        for choix in super().choices(changelist):
            yield {**choix, "display": _nom_du_modele(str(choix["display"]))}


@admin.register(Trace)
class TraceAdmin(Consultation):
    """L'historique : la base refuse de le modifier."""

    list_display = ["le", "auteur_nom", "phrase", "sorte"]
    list_display_links = ["le"]
    list_filter = [("objet_type", FiltreDeSorte), "le"]
    search_fields = ["phrase", "auteur_nom"]
    search_help_text = "Phrase ou auteur."
    date_hierarchy = "le"
    ordering = ["-le", "-pk"]
    fieldsets = [
        (None, {"fields": ["le", "auteur_nom", "phrase", "sorte"]}),
        (
            "Valeurs",
            {"description": "Les seules valeurs qui ont changé.", "fields": ["avant_lisible", "apres_lisible"]},
        ),
    ]

    def dans_le_perimetre(self, queryset: QuerySet[Trace], request: HttpRequest) -> QuerySet[Trace]:
        """Les traces des objets que cette personne peut ouvrir dans l'administration."""
        visibles = Q(pk__in=[])
        for modele, page in self.admin_site._registry.items():
            if isinstance(page, Consultation) and modele is not Trace:
                objets = page.get_queryset(request).order_by().values("pk")
                visibles |= Q(objet_type=modele._meta.label_lower, objet_id__in=objets)
        return queryset.filter(visibles)

    @admin.display(description="objet", ordering="objet_type")
    def sorte(self, trace: Trace) -> str:
        return _nom_du_modele(trace.objet_type)

    @admin.display(description="avant")
    def avant_lisible(self, trace: Trace) -> str:
        return _lignes(trace.avant)

    @admin.display(description="après")
    def apres_lisible(self, trace: Trace) -> str:
        return _lignes(trace.apres)


def _nom_du_modele(objet_type: str) -> str:
    """« Compte-rendu » plutôt que « avis.compterendu »."""
    try:
        return str(apps.get_model(objet_type)._meta.verbose_name).capitalize()
    except (LookupError, ValueError):
        return objet_type


def _lignes(valeurs: dict[str, object]) -> str:
    return format_html_join("", "<p><b>{}</b> : {}</p>", valeurs.items()) or "N/A"
