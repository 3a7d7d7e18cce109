"""La porte de l'administration de Django : la même connexion et le même habit que le reste de Passpro."""

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse

from comptes.federation.deconnexion import Deconnexion


class Administration(AdminSite):
    """Ouverte aux personnes qui ont l'accès à l'administration ; ce qu'elles y voient dépend de leur périmètre."""

    site_header = "Passpro – administration"
    site_title = "Passpro – administration"
    index_title = "Administration de l’académie"
    site_url = "/espaces/"
    empty_value_display = "N/A"

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list:
        """Le référentiel et les campagnes en tête : c'est par là qu'une année commence."""
        return sorted(super().get_app_list(request, app_label), key=lambda une: une["app_label"] != "referentiel")

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Renvoie à la connexion de Passpro ; une personne connectée sans l'accès reçoit la page 403."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), resolve_url(settings.LOGIN_URL))

    def password_change(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Un seul endroit change un mot de passe : il compte les essais, ferme les sessions et prévient (R38)."""
        return redirect("comptes:changer_le_mot_de_passe")

    def logout(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """La même sortie que partout : elle ferme aussi la session du guichet (R38)."""
        return Deconnexion.as_view()(request)
