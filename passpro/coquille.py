"""Ce que toute page montre autour de son contenu : espace, échéance, navigation.

Ne lit rien de plus que `request.user`, `request.perimetre` et `request.espace`, calculés une fois par requête.
"""

from time import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from comptes.sessions import DEBUT
from passpro.navigation import GESTION, adresse_de, aide_de, menu_de_gestion, navigation_de, plan_du_site
from pilotage.accessibilite import audit
from pilotage.rules import ligne_de_campagne
from referentiel.annonces import PAGES_PUBLIQUES, AnnonceMontree, annonces_pour, l_importante
from referentiel.detours import en_archives, hors_detour
from referentiel.permissions import lit_l_etablissement, peut_administrer_l_academie
from referentiel.regards import regard_en_cours
from referentiel.rules.dates import INSECABLE, dire_heure, dire_jour
from referentiel.rules.noms import depuis


def coquille(request: HttpRequest) -> dict[str, Any]:
    """Contexte de toutes les pages ; le contrat est en tête de `templates/base.html`."""
    espace = getattr(request, "espace", None)
    personne = getattr(request, "user", None)
    connectee = personne if personne is not None and personne.is_authenticated else None
    return {
        "marque_etat": settings.MARQUE_DE_L_ETAT,
        "coquille": {
            "personne": connectee,
            "connectee": connectee is not None,
            "session": _fin_de_la_session(request) if connectee else None,
            "espace": _espace(espace) if espace else None,
            "plusieurs_espaces": bool(espace) and len(request.perimetre.places) > 1,
            "ligne_campagne": _ligne_de_campagne(espace) if espace else "",
            "annonce": _annonce(request, espace),
            "detours": [*_regards(request, espace), *_detours(request, espace)],
            "archives": _archives(request, espace),
            "navigation": navigation_de(request, espace),
            "menu": menu_de_gestion(request, espace),
            "aide_url": aide_de(request, espace),
            "plan": lambda: plan_du_site(request.perimetre),
            "conformite": audit().conformite,
            "administration_url": reverse("admin:index") if connectee and connectee.is_staff else "",
            "academie_nom": espace.place.academie.nom if espace else "",
            "demonstration": settings.DEMONSTRATION,
            "demonstration_url": reverse("courriers:boite") if settings.BOITE_DE_DEMONSTRATION else "",
        },
    }


def _fin_de_la_session(request: HttpRequest) -> dict[str, Any]:
    """Secondes avant la fin de la session, faute de geste et en tout ; l'adresse qui la prolonge."""
    ouverte_depuis = int(time()) - getattr(request, "session", {}).get(DEBUT, int(time()))
    return {
        "inactivite": settings.DUREE_INACTIVITE,
        "terme": max(settings.DUREE_ABSOLUE - ouverte_depuis, 0),
        "prolonger_url": adresse_de("comptes:compte", None),
    }


def _annonce(request: HttpRequest, espace: Any) -> AnnonceMontree | None:
    """L'annonce importante du SAIO pour ce public ; lue avec la campagne, elle ne coûte aucune requête (écran S11)."""
    if espace is None:
        campagnes = getattr(request, "campagnes_publiques", ())
        return l_importante(annonce for c in campagnes for annonce in annonces_pour(c, PAGES_PUBLIQUES))
    lieu = espace.place.etablissement or espace.place
    return l_importante(annonces_pour(espace.campagne, str(espace.cote), lieu.departement))


def _detours(request: HttpRequest, espace: Any) -> list[dict[str, Any]]:
    """Ce que dit le bandeau d'une campagne passée ou d'un jour répété, et par où l'on en sort."""
    detour = getattr(request, "detour", None)
    if detour is None:
        return []
    if detour.jour is None:
        accueil = _accueil_url(espace) if espace else reverse("comptes:espaces")
        texte = f"Vous consultez la campagne {detour.annee}, en lecture seule."
        return [_bandeau("Campagne passée", texte, "Revenir à la campagne en cours", hors_detour(request, accueil))]
    ici = request.get_full_path() if request.method == "GET" else reverse("comptes:espaces")
    texte = (
        f"Vous répétez la journée du {dire_jour(detour.jour)}{INSECABLE}: "
        "rien n’est enregistré, personne n’est prévenu."
    )
    return [_bandeau("Journée répétée", texte, "Revenir à aujourd’hui", hors_detour(request, ici))]


def _bandeau(nom: str, texte: str, sortie: str, url: str) -> dict[str, Any]:
    return {"nom": nom, "texte": texte, "sortie": sortie, "url": url}


def _regards(request: HttpRequest, espace: Any) -> list[dict[str, Any]]:
    """Le bandeau d'un espace que le SAIO lit : jusqu'à quelle heure, et par où l'on en sort (T8)."""
    regard = regard_en_cours(request) if espace and espace.place.lecture_seule else None
    if regard is None:
        return []
    quoi = f"espace {depuis(espace.place.etablissement.nom)}"
    return [
        {
            "nom": "Lecture seule",
            "texte": f"Lecture seule – {quoi}, jusqu’à {dire_heure(regard.jusqu_a)}.",
            "sortie": "Quitter",
            "quitter_url": hors_detour(request, reverse("referentiel:quitter_le_regard")),
            "jour": request.detour.jour if request.detour else None,
        }
    ]


def _archives(request: HttpRequest, espace: Any) -> list[dict[str, Any]]:
    """Les campagnes closes de l'académie, lues avec la campagne ; chacune s'ouvre sur le même espace."""
    if not espace or espace.en_detour:
        return []
    accueil = _accueil_url(espace)
    return [{"annee": str(annee), "url": en_archives(request, annee, accueil)} for annee in espace.campagne.closes]


def _accueil_url(espace: Any) -> str:
    if espace.place.etablissement is not None:
        return adresse_de(f"pilotage:a_faire_{espace.cote}", espace)
    return adresse_de("pilotage:academie" if peut_administrer_l_academie(espace.place) else "pilotage:suivi", espace)


def _espace(espace: Any) -> dict[str, str]:
    etablissement = espace.place.etablissement
    if etablissement is None:
        return {
            "libelle": f"Académie de {espace.academie.nom}",
            "uai": "",
            "libelle_role": _role_academique(espace.place),
            "gerer_url": "",
            "accueil_url": _accueil_url(espace),
        }
    return {
        "libelle": etablissement.nom_et_commune,
        "uai": etablissement.uai,
        "libelle_role": espace.place.libelle,
        "gerer_url": adresse_de(GESTION[str(espace.cote)][0][1], espace) if lit_l_etablissement(espace.place) else "",
        "accueil_url": _accueil_url(espace),
    }


def _role_academique(place: Any) -> str:
    return f"{place.libelle}, département {place.departement}" if place.departement else place.libelle


def _ligne_de_campagne(espace: Any) -> str:
    campagne = espace.campagne
    return ligne_de_campagne(
        espace.ouverture.calendrier,
        str(espace.cote),
        annee=campagne.annee,
        ouverte=campagne.est_ouverte,
        le=espace.le,
        delais=espace.ouverture.delais_en_cours(),
    )
