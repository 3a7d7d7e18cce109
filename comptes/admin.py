"""Personnes et historique dans l'administration.

`PersonneAdmin` est inscrite par `referentiel.admin`, qui connaît les rattachements.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join

from comptes.administration import Consultation, Gestion
from comptes.emails import annoncer_un_changement
from comptes.models import Personne, Trace
from comptes.preuve import preuve_a_demander
from comptes.services import envoyer_un_lien


class ApresUnePreuve(Gestion):
    """Une adresse, un accès ou une place ne changent qu'après une preuve récente (T7)."""

    def changeform_view(self, request: HttpRequest, *arguments: Any, **suite: Any) -> HttpResponse:
        demande = preuve_a_demander(request) if request.method == "POST" else None
        return demande or super().changeform_view(request, *arguments, **suite)


class PersonneAdmin(ApresUnePreuve):
    """Qui se connecte. Le mot de passe ne se voit ni ne se tape ici : chacun choisit le sien, par un lien (R38)."""

    list_display = ["nom", "prenom", "courriel", "is_active", "is_staff", "last_login"]
    list_display_links = ["nom"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["nom", "prenom", "courriel"]
    search_help_text = "Nom, prénom ou courriel."
    readonly_fields = ["last_login", "date_joined", "second_facteur_le"]
    actions = ["envoyer_des_liens"]
    fieldsets = [
        (
            None,
            {
                "description": (
                    "L’adresse professionnelle sert d’identifiant de connexion. "
                    "Le mot de passe ne se tape pas ici\u00a0: invitez la personne dans «\u00a0Utilisateurs\u00a0», "
                    "ou envoyez-lui un lien depuis la liste."
                ),
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
                "fields": ["is_active", "is_staff", "second_facteur_le", "last_login", "date_joined"],
            },
        ),
    ]

    def save_model(self, request: HttpRequest, obj: Personne, form, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if change and "courriel" in form.changed_data:
            phrase = f"L’adresse de votre compte est désormais {obj.courriel}."
            annoncer_un_changement(obj, fait="adresse", phrase=phrase, le=request.le, adresse=form.initial["courriel"])

    @admin.action(description="Envoyer un lien de mot de passe aux personnes choisies")
    def envoyer_des_liens(self, request: HttpRequest, personnes: QuerySet[Personne]) -> HttpResponse | None:
        """Chacune reçoit de quoi choisir son mot de passe, sauf d'un compte fermé ou tenu ailleurs."""
        if demande := preuve_a_demander(request):
            return demande
        permises = [une for une in personnes if une.is_active and self.has_change_permission(request, une)]
        for personne in permises:
            envoyer_un_lien(personne=personne, par=request.user, le=request.le)
        messages.success(request, f"Liens envoyés\u00a0: {len(permises)} sur {len(personnes)}.")
        return None


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
    return format_html_join("", "<p><b>{}</b>\u00a0: {}</p>", valeurs.items()) or "N/A"
