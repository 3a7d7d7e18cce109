"""Pages légales, accessibilité, plan du site, contact (écran P10)."""

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from conservation.registre import registre_lisible
from pilotage.accessibilite import ECHANTILLON, JOUR_DE_L_AUDIT, audit
from pilotage.mentions import Mentions, delegue_de, mentions_manquantes
from pilotage.views.aide import pages_d_aide
from pilotage.views.public import joignables
from referentiel.models import Campagne
from referentiel.permissions import peut_administrer
from referentiel.rules.dates import INSECABLE


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    return render(request, "pilotage/contact.html", {"academies": joignables()})


@require_safe
def mentions(request: HttpRequest) -> HttpResponse:
    """Les mentions légales ; hors production, le SAIO lit ce qui manque encore."""
    montre = not settings.PRODUCTION and peut_administrer(request.perimetre)
    contexte = {
        "mentions": Mentions.de_l_installation(),
        "manques": mentions_manquantes() if montre else [],
        "academies": joignables(),
    }
    return render(request, "pilotage/mentions.html", contexte)


@require_safe
def donnees_personnelles(request: HttpRequest) -> HttpResponse:
    academies = joignables()
    delegues = [{"academie": academie, "courriel": delegue_de(academie)} for academie in academies]
    contexte = {
        "academies": academies,
        "delegues": [delegue for delegue in delegues if delegue["courriel"]],
        "durees": _durees(),
        "traitements": registre_lisible(_campagnes()),
    }
    return render(request, "pilotage/donnees_personnelles.html", contexte)


@require_safe
def accessibilite(request: HttpRequest) -> HttpResponse:
    """La déclaration d'accessibilité, calculée de l'audit."""
    contexte = {"audit": audit(), "jour": JOUR_DE_L_AUDIT, "echantillon": ECHANTILLON, "academies": joignables()}
    return render(request, "pilotage/accessibilite.html", contexte)


@require_safe
def plan_du_site(request: HttpRequest) -> HttpResponse:
    return render(request, "pilotage/plan_du_site.html", {"aides": pages_d_aide()})


def _campagnes() -> QuerySet[Campagne]:
    return Campagne.objects.exclude(etat=Campagne.Etat.PREPARATION).select_related("regles")


def _durees() -> list[dict[str, str]]:
    """Ce que l'installation garde, et combien de temps."""
    inactivite, absolue = settings.DUREE_INACTIVITE // 3600, settings.DUREE_ABSOLUE // 3600
    courriels = settings.CONSERVATION_DES_COURRIELS.days
    return [
        *_durees_des_campagnes(),
        {"terme": "Contenu des courriels envoyés", "valeur": f"{courriels}{INSECABLE}jours après l’envoi"},
        {"terme": "Fichier d’élèves importé", "valeur": "Jamais gardé\u00a0; son aperçu, 24\u00a0heures"},
        {"terme": "Documents préparés en lot", "valeur": "24\u00a0heures"},
        {"terme": "Pré-inscription non terminée", "valeur": "7\u00a0jours"},
        {"terme": "Lien personnel de suivi", "valeur": "90\u00a0jours, renouvelable"},
        {
            "terme": "Session d’une personne connectée",
            "valeur": f"{inactivite}{INSECABLE}heures sans geste, {absolue}{INSECABLE}heures en tout",
        },
    ]


def _durees_des_campagnes() -> list[dict[str, str]]:
    """Combien de temps les données des élèves survivent à la campagne, une ligne par académie (R40)."""
    campagnes = list(Campagne.objects.ouvertes().avec_regles().order_by("academie__nom"))
    return [
        {
            "terme": f"Élèves, candidatures, avis{f', {une.academie.nom_complet}' if len(campagnes) > 1 else ''}",
            "valeur": f"{une.regles.conservation}{INSECABLE}mois après la clôture de la campagne, puis anonymisés",
        }
        for une in campagnes
    ]
