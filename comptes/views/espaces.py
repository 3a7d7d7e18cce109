"""Se connecter, choisir un espace, lire son compte."""

from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from comptes.adresses import reseau_du_client
from comptes.federation.porte import boutons, origine_de_l_identite
from comptes.forms import ConnexionForm, NotificationsForm
from comptes.rules import Limite
from comptes.services import choisir_les_notifications, est_limite, noter_une_tentative
from comptes.taches import Cle, taches_par_espace

# Soixante personnes derrière la même adresse, un soir d'échéance, se trompent deux ou trois fois chacune en un quart
# d'heure. Qui essaie des comptes au hasard n'en tire rien : chacun n'a que cinq essais.
ECHECS_PAR_RESEAU = Limite("connexion", 150)
TROP_DE_DEMANDES = 429


class Connexion(LoginView):
    """Écran C1. L'adresse demandée (`next`) n'est suivie que sur ce site."""

    template_name = "comptes/connexion.html"
    authentication_form = ConnexionForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *arguments: Any, **parametres: Any) -> HttpResponse:
        """Trop d'échecs d'une même adresse réseau, tous comptes confondus, ferment la porte à cette adresse (T6)."""
        if est_limite(limite=ECHECS_PAR_RESEAU, cle=reseau_du_client(request), le=timezone.now()):
            return render(request, "429.html", status=TROP_DE_DEMANDES)
        return super().post(request, *arguments, **parametres)

    def form_invalid(self, form: ConnexionForm) -> HttpResponse:
        if form.non_field_errors():
            noter_une_tentative(limite=ECHECS_PAR_RESEAU, cle=reseau_du_client(self.request), le=timezone.now())
        return super().form_invalid(form)

    def get_context_data(self, **contexte: Any) -> dict[str, Any]:
        contexte["comptes_de_demonstration"] = settings.COMPTES_DE_DEMONSTRATION
        contexte["guichets"] = boutons(self.get_redirect_url())
        contexte["facteur_exige"] = settings.SECOND_FACTEUR_EXIGE
        return super().get_context_data(**contexte)


@dataclass(frozen=True, slots=True)
class EspaceOuvert:
    """Un espace où la personne a une place, tel qu'il se montre dans une liste."""

    url: str
    libelle: str
    cote: str
    role: str
    cle: Cle
    taches: int = 0


@require_safe
@never_cache
@login_required
def espaces(request: HttpRequest) -> HttpResponse:
    """Écran C2 ; qui n'a qu'un espace y va tout droit."""
    ouverts = espaces_de(request.perimetre)
    if len(ouverts) == 1:
        return redirect(ouverts[0].url)
    taches = taches_par_espace(request.perimetre, request.le) if request.detour is None else {}
    ouverts = [replace(ouvert, taches=taches.get(ouvert.cle, 0)) for ouvert in ouverts]
    contexte = {"espaces": ouverts, "archives": archives_de(request.perimetre) if request.detour is None else []}
    return render(request, "comptes/espaces.html", contexte)


@require_safe
@never_cache
@login_required
def compte(request: HttpRequest) -> HttpResponse:
    """Écran C3 : identité et places."""
    contexte = {
        "personne": request.user,
        "espaces": espaces_de(request.perimetre),
        "origine_de_l_identite": origine_de_l_identite(request.user),
    }
    return render(request, "comptes/compte.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def notifications(request: HttpRequest) -> HttpResponse:
    """Ce que la personne reçoit par courriel pour elle-même ; les convocations n'en dépendent pas."""
    choix = {"resume_quotidien": request.user.resume_quotidien}
    form = NotificationsForm(request.POST if request.method == "POST" else None, initial=choix)
    if request.method == "POST" and form.is_valid():
        choisir_les_notifications(personne=request.user, **form.cleaned_data, par=request.user, le=request.le)
        messages.success(request, "Vos notifications sont enregistrées.")
        return redirect("comptes:compte")
    return render(request, "comptes/notifications.html", {"form": form, "courriel": request.user.courriel})


def espaces_de(perimetre: Any) -> list[EspaceOuvert]:
    """Espaces d'un périmètre ; un établissement d'origine et d'accueil en donne deux."""
    plusieurs = _suit_plusieurs_academies(perimetre)
    return [espace for place in perimetre.places for espace in _espaces_de_la_place(place, nommer_l_academie=plusieurs)]


def archives_de(perimetre: Any) -> list[EspaceOuvert]:
    """Les mêmes espaces, dans les campagnes closes : « /archives/2017/… » les ouvre en lecture seule (R1)."""
    closes, plusieurs = perimetre.annees_closes(), _suit_plusieurs_academies(perimetre)
    return [
        replace(espace, url=f"/archives/{annee}{espace.url}", libelle=f"{annee} – {espace.libelle}")
        for place in perimetre.places
        for annee in closes.get(place.academie.pk, ())
        for espace in _espaces_de_la_place(place, nommer_l_academie=plusieurs)
    ]


def _suit_plusieurs_academies(perimetre: Any) -> bool:
    return len({place.academie.pk for place in perimetre.places if place.etablissement is None}) > 1


def _espaces_de_la_place(place: Any, *, nommer_l_academie: bool) -> list[EspaceOuvert]:
    etablissement = place.etablissement
    if etablissement is None:
        libelle = f"Académie de {place.academie.nom}"
        adresse = _adresse_de_l_academie(place.academie.code if nommer_l_academie else "")
        cle = ("academie", place.academie.pk)
        return [EspaceOuvert(adresse, libelle, "suivi de la campagne", place.libelle, cle)]
    cotes = {"origine": place.origine, "accueil": place.accueil}
    return [
        EspaceOuvert(
            reverse(f"pilotage:a_faire_{cote}", args=[etablissement.segment]),
            etablissement.nom_et_commune,
            f"établissement d’{cote}",
            place.libelle,
            (cote, etablissement.pk),
        )
        for cote, ouvert in cotes.items()
        if ouvert
    ]


def _adresse_de_l_academie(code: str) -> str:
    """Le suivi d'une académie ; `code` la nomme dans l'adresse quand la personne en suit plusieurs."""
    racine = get_script_prefix()
    prefixe = f"{racine}academies/{code}/" if code else racine
    return prefixe + reverse("pilotage:academie").removeprefix(racine)
