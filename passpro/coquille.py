"""Ce que toute page montre autour de son contenu : espace, échéance, navigation.

Ne lit rien de plus que `request.user`, `request.perimetre` et `request.espace`, calculés une fois par requête.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from pilotage.rules import ligne_de_campagne
from referentiel.detours import Detour
from referentiel.rules.dates import dire_jour

PUBLIQUE = [
    ("Formations", "referentiel:catalogue"),
    ("Calendrier", "referentiel:calendrier"),
    ("Aide", "pilotage:aide"),
]
ORIGINE = [
    ("À faire", "pilotage:a_faire_origine"),
    ("Élèves", "pilotage:eleves"),
    ("Avis", "candidatures:avis"),
    ("Convocations", "entretiens:convocations"),
    ("Fiches récapitulatives", "avis:fiches"),
    ("Formations", "referentiel:catalogue"),
]
ACCUEIL = [
    ("À faire", "pilotage:a_faire_accueil"),
    ("Candidats", "pilotage:candidats"),
    ("Planning", "entretiens:planning"),
    ("Convocations", "entretiens:envois"),
    ("Présences", "entretiens:presences"),
    ("Comptes-rendus", "avis:comptes_rendus"),
]
ACADEMIE = [
    ("Suivi", "pilotage:academie"),
    ("Formations", "referentiel:catalogue"),
    ("Calendrier", "referentiel:calendrier"),
]
NAVIGATIONS = {"origine": ORIGINE, "accueil": ACCUEIL, "academie": ACADEMIE}


def coquille(request: HttpRequest) -> dict[str, Any]:
    """Contexte de toutes les pages ; le contrat est en tête de `templates/base.html`."""
    espace = getattr(request, "espace", None)
    personne = getattr(request, "user", None)
    connectee = personne if personne is not None and personne.is_authenticated else None
    return {
        "marque_etat": settings.MARQUE_DE_L_ETAT,
        "coquille": {
            "personne": connectee,
            "espace": _espace(espace) if espace else None,
            "plusieurs_espaces": bool(espace) and len(request.perimetre.places) > 1,
            "ligne_campagne": _ligne_de_campagne(espace) if espace else "",
            "annonce": None,
            "detour": _detour(getattr(request, "detour", None)),
            "navigation": _navigation(request, espace),
            "administration_url": reverse("admin:index") if connectee and connectee.is_staff else "",
            "academie_nom": espace.place.academie.nom if espace else "",
            "demonstration": settings.DEMONSTRATION,
            "demonstration_url": reverse("courriers:boite") if settings.BOITE_DE_DEMONSTRATION else "",
        },
    }


def _detour(detour: Detour | None) -> dict[str, str] | None:
    """Ce que dit le bandeau d'une campagne passée ou d'un jour répété, et par où l'on en sort."""
    if detour is None:
        return None
    texte = (
        f"Vous répétez la journée du {dire_jour(detour.jour)}\u00a0: rien n’est enregistré, personne n’est prévenu."
        if detour.jour
        else f"Vous consultez la campagne {detour.annee}, en lecture seule."
    )
    return {"texte": texte, "sortie_url": "/academie/" if detour.jour else "/espaces/"}


def _espace(espace: Any) -> dict[str, str]:
    etablissement = espace.place.etablissement
    if etablissement is None:
        return {
            "libelle": f"Académie de {espace.academie.nom}",
            "uai": "",
            "libelle_role": _role_academique(espace.place),
            "gerer_url": "",
            "accueil_url": reverse("pilotage:academie"),
        }
    return {
        "libelle": etablissement.nom_et_commune,
        "uai": etablissement.uai,
        "libelle_role": espace.place.libelle,
        "gerer_url": "",
        "accueil_url": reverse(f"pilotage:a_faire_{espace.cote}", args=[etablissement.segment]),
    }


def _role_academique(place: Any) -> str:
    return f"{place.libelle}, département {place.departement}" if place.departement else place.libelle


def _ligne_de_campagne(espace: Any) -> str:
    campagne = espace.campagne
    return ligne_de_campagne(
        campagne.calendrier, str(espace.cote), annee=campagne.annee, ouverte=campagne.est_ouverte, le=espace.le
    )


def _navigation(request: HttpRequest, espace: Any) -> list[dict[str, Any]]:
    liens = NAVIGATIONS[str(espace.cote)] if espace else PUBLIQUE
    adresses = [(libelle, _adresse(nom, espace)) for libelle, nom in liens]
    courante = _adresse_courante(request.path, [url for _, url in adresses])
    return [{"libelle": libelle, "url": url, "courant": url == courante} for libelle, url in adresses]


def _adresse(nom: str, espace: Any) -> str:
    """Adresse d'une page publique, ou de la page de l'espace où l'on est."""
    etablissement = espace.place.etablissement if espace else None
    if etablissement is None or nom.startswith("referentiel:"):
        return reverse(nom)
    return reverse(nom, args=[etablissement.segment])


def _adresse_courante(chemin: str, adresses: list[str]) -> str:
    """Adresse de la navigation qui ouvre le chemin de la page ; « À faire » ne l'est que d'elle-même."""
    premiere, *suivantes = adresses
    return max((url for url in suivantes if chemin.startswith(url)), key=len, default="") or (
        premiere if chemin == premiere else ""
    )
