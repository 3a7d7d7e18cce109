"""Ce que toute page montre autour de son contenu : espace, échéance, navigation.

Ne lit rien de plus que `request.user`, `request.perimetre` et `request.espace`, calculés une fois par requête.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from pilotage.permissions import peut_lire_le_bilan
from pilotage.rules import ligne_de_campagne
from referentiel.annonces import PAGES_PUBLIQUES, AnnonceMontree, annonces_pour, l_importante
from referentiel.detours import en_archives, hors_detour
from referentiel.pages_publiques import suffixe
from referentiel.permissions import lit_l_etablissement, peut_administrer_l_academie
from referentiel.regards import regard_en_cours
from referentiel.rules.dates import INSECABLE, dire_heure, dire_jour
from referentiel.rules.jeu import Affichage
from referentiel.rules.noms import depuis

PUBLIQUE = [
    ("Formations", "referentiel:catalogue"),
    ("Calendrier", "referentiel:calendrier"),
    ("Documents", "candidatures:documents"),
    ("Pré-inscription", "candidatures:pre_inscription"),
    ("Aide", "pilotage:aide"),
]
ORIGINE = [
    ("À faire", "pilotage:a_faire_origine"),
    ("Élèves", "pilotage:eleves"),
    ("Avis", "candidatures:avis"),
    ("Convocations", "entretiens:convocations"),
    ("Fiches récapitulatives", "avis:fiches"),
    ("Affelnet", "avis:affelnet"),
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
    ("À faire", "pilotage:academie"),
    ("Suivi", "pilotage:suivi"),
    ("Pré-inscriptions", "candidatures:preinscriptions"),
    ("Formations", "referentiel:catalogue"),
    ("Catalogue", "referentiel:importer_catalogue"),
    ("Calendrier", "pilotage:calendrier_academie"),
    ("Utilisateurs", "referentiel:utilisateurs"),
    ("Courriels", "referentiel:courriels"),
    ("Données personnelles", "conservation:accueil"),
]
GESTION = {
    "origine": [
        ("Classes", "candidatures:classes"),
        ("Équipe", "candidatures:equipe_origine"),
        ("Établissement", "referentiel:coordonnees_origine"),
        ("Exports", "referentiel:exports_origine"),
        ("Bilan", "pilotage:bilan_origine"),
    ],
    "accueil": [
        ("Offre de formation", "entretiens:offre"),
        ("Consignes", "entretiens:consignes"),
        ("Jurys", "entretiens:jurys"),
        ("Salles", "entretiens:salles"),
        ("Équipe", "candidatures:equipe_accueil"),
        ("Établissement", "referentiel:coordonnees_accueil"),
        ("Exports", "referentiel:exports_accueil"),
        ("Bilan", "pilotage:bilan_accueil"),
    ],
}
BILANS = {"pilotage:bilan_origine", "pilotage:bilan_accueil"}
RESERVEES_AU_SAIO = {
    "pilotage:academie",
    "candidatures:preinscriptions",
    "referentiel:importer_catalogue",
    "referentiel:utilisateurs",
    "referentiel:courriels",
    "conservation:accueil",
}
# Les pages qui n'ont lieu d'être que là où la campagne donne un bonus (R33).
AVEC_BONUS = {"avis:affelnet"}
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
            "annonce": _annonce(request, espace),
            "detours": [*_regards(request, espace), *_detours(request, espace)],
            "archives": _archives(request, espace),
            "navigation": _navigation(request, espace),
            "menu": _menu_de_gestion(request, espace),
            "administration_url": reverse("admin:index") if connectee and connectee.is_staff else "",
            "academie_nom": espace.place.academie.nom if espace else "",
            "demonstration": settings.DEMONSTRATION,
            "demonstration_url": reverse("courriers:boite") if settings.BOITE_DE_DEMONSTRATION else "",
        },
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
    return [{"annee": annee, "url": en_archives(request, annee, accueil)} for annee in espace.campagne.closes]


def _accueil_url(espace: Any) -> str:
    etablissement = espace.place.etablissement
    if etablissement is None:
        return reverse("pilotage:academie" if peut_administrer_l_academie(espace.place) else "pilotage:suivi")
    return reverse(f"pilotage:a_faire_{espace.cote}", args=[etablissement.segment])


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
        "gerer_url": _adresse(GESTION[str(espace.cote)][0][1], espace) if lit_l_etablissement(espace.place) else "",
        "accueil_url": _accueil_url(espace),
    }


def _role_academique(place: Any) -> str:
    return f"{place.libelle}, département {place.departement}" if place.departement else place.libelle


def _ligne_de_campagne(espace: Any) -> str:
    campagne = espace.campagne
    return ligne_de_campagne(
        campagne.calendrier,
        str(espace.cote),
        annee=campagne.annee,
        ouverte=campagne.est_ouverte,
        le=espace.le,
        delais=espace.ouverture.delais_en_cours(),
    )


def _navigation(request: HttpRequest, espace: Any) -> list[dict[str, Any]]:
    liens = NAVIGATIONS[str(espace.cote)] if espace else PUBLIQUE
    adresses = [(libelle, _adresse(nom, espace)) for libelle, nom in liens if _est_permise(nom, espace)]
    courante = _adresse_courante(request.path, [url for _, url in adresses])
    fin = "" if espace else suffixe(request)
    return [{"libelle": libelle, "url": url + fin, "courant": url == courante} for libelle, url in adresses]


def _menu_de_gestion(request: HttpRequest, espace: Any) -> list[dict[str, Any]]:
    """Les pages de « Gérer l'établissement », sur l'une d'elles."""
    liens = GESTION.get(str(espace.cote), []) if espace else []
    menu = [(libelle, _adresse(nom, espace)) for libelle, nom in liens if _se_propose(nom, espace)]
    if not any(request.path.startswith(url) for _, url in menu):
        return []
    return [{"libelle": libelle, "url": url, "courant": request.path.startswith(url)} for libelle, url in menu]


def _se_propose(nom: str, espace: Any) -> bool:
    return nom not in BILANS or peut_lire_le_bilan(espace.place)


def _est_permise(nom: str, espace: Any) -> bool:
    if nom in AVEC_BONUS and espace.campagne.regles.affichage != Affichage.AVEC_BONUS:
        return False
    return nom not in RESERVEES_AU_SAIO or peut_administrer_l_academie(espace.place)


def _adresse(nom: str, espace: Any) -> str:
    """Adresse d'une page publique, ou de la page de l'espace où l'on est."""
    etablissement = espace.place.etablissement if espace else None
    if espace and nom in dict(map(reversed, PUBLIQUE)):
        return f"{reverse(nom)}?academie={espace.place.academie.code}"
    if etablissement is None:
        return reverse(nom)
    return reverse(nom, args=[etablissement.segment])


def _adresse_courante(chemin: str, adresses: list[str]) -> str:
    """Adresse de la navigation qui ouvre le chemin de la page ; celle d'« À faire », que toutes prolongent, ne l'est
    que d'elle-même."""
    ouvrent = [
        url for url in adresses if chemin == url or (chemin.startswith(url) and not _est_une_racine(url, adresses))
    ]
    return max(ouvrent, key=len, default="")


def _est_une_racine(url: str, adresses: list[str]) -> bool:
    """Vrai pour l'accueil d'un espace, dont l'adresse ouvre celles des autres pages."""
    return any(autre != url and autre.startswith(url) for autre in adresses)
