"""Les chemins de l'application : barre de chaque espace, menu de gestion, plan du site, page d'aide d'un écran.

Ajouter une page à la barre : un nom dans la liste de son espace, qui n'en a jamais plus de six (écran 1.3) ; au-delà,
elle se range sous une autre (`RANGEES_SOUS`) ou dans « Gérer ».
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.urls import get_script_prefix, reverse

from pilotage.permissions import peut_lire_le_bilan
from referentiel.pages_publiques import suffixe
from referentiel.permissions import Cote, Perimetre, Place, lit_l_etablissement, peut_administrer_l_academie

PUBLIQUE = [
    ("Formations", "referentiel:catalogue"),
    ("Calendrier", "referentiel:calendrier"),
    ("Documents", "candidatures:documents"),
    ("Pré-inscription", "candidatures:pre_inscription"),
    ("Aide", "pilotage:aide"),
]
PAGES_PUBLIQUES = frozenset(nom for _, nom in PUBLIQUE)
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
    ("À faire", "pilotage:academie"),
    ("Suivi", "pilotage:suivi"),
    ("Pré-inscriptions", "candidatures:preinscriptions"),
    ("Catalogue", "referentiel:importer_catalogue"),
    ("Utilisateurs", "referentiel:utilisateurs"),
    ("Formations", "referentiel:catalogue"),
    ("Courriels", "referentiel:courriels"),
]
# La barre n'a pas plus de six liens (écran 1.3) : ces pages se rangent sous l'un d'eux, qui s'y montre courant.
RANGEES_SOUS = {
    "avis:affelnet": "avis:fiches",
    "pilotage:calendrier_academie": "pilotage:suivi",
    "pilotage:attentes": "pilotage:suivi",
    "referentiel:importer_etablissements": "referentiel:importer_catalogue",
    "referentiel:journal": "referentiel:utilisateurs",
}
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
}
# Le SAIO y va par « Catalogue ».
SANS_ADMINISTRER_L_ACADEMIE = {"referentiel:catalogue"}
NAVIGATIONS = {"origine": ORIGINE, "accueil": ACCUEIL, "academie": ACADEMIE}


def navigation_de(request: HttpRequest, espace: Any) -> list[dict[str, Any]]:
    """Les liens de la barre, dans l'espace où l'on est ou pour tous."""
    adresses = _liens_permis(espace) if espace else [(libelle, adresse_de(nom, None)) for libelle, nom in PUBLIQUE]
    courante = _adresse_courante(_chemin_range(request, espace), [url for _, url in adresses])
    fin = "" if espace else suffixe(request)
    return [{"libelle": libelle, "url": url + fin, "courant": url == courante} for libelle, url in adresses]


def menu_de_gestion(request: HttpRequest, espace: Any) -> list[dict[str, Any]]:
    """Les pages de « Gérer l'établissement », sur l'une d'elles."""
    liens = GESTION.get(str(espace.cote), []) if espace else []
    menu = [(libelle, adresse_de(nom, espace)) for libelle, nom in liens if _se_propose(nom, espace)]
    if not any(request.path.startswith(url) for _, url in menu):
        return []
    return [{"libelle": libelle, "url": url, "courant": request.path.startswith(url)} for libelle, url in menu]


def _se_propose(nom: str, espace: Any) -> bool:
    return nom not in BILANS or peut_lire_le_bilan(espace.place)


def _liens_permis(espace: Any) -> list[tuple[str, str]]:
    liens = NAVIGATIONS[str(espace.cote)]
    return [(libelle, adresse_de(nom, espace)) for libelle, nom in liens if _est_permise(nom, espace)]


def _est_permise(nom: str, espace: Any) -> bool:
    administre = peut_administrer_l_academie(espace.place)
    return administre if nom in RESERVEES_AU_SAIO else not (administre and nom in SANS_ADMINISTRER_L_ACADEMIE)


def _chemin_range(request: HttpRequest, espace: Any) -> str:
    """Chemin de la page, ou de celle sous laquelle elle se range."""
    sous = RANGEES_SOUS.get(request.resolver_match.view_name) if espace and request.resolver_match else None
    return adresse_de(sous, espace) if sous else request.path


def adresse_de(nom: str, espace: Any) -> str:
    """Adresse d'une page publique, ou de la page de l'espace où l'on est."""
    etablissement = espace.place.etablissement if espace else None
    if espace and nom in PAGES_PUBLIQUES:
        return f"{_adresse(get_script_prefix(), nom)}?academie={espace.place.academie.code}"
    if etablissement is None:
        return _adresse(get_script_prefix(), nom)
    return _adresse(get_script_prefix(), nom, etablissement.segment)


@lru_cache(maxsize=4096)
def _adresse(racine: str, nom: str, *arguments: str) -> str:
    """Chaque page en écrit une vingtaine, toujours les mêmes ; `racine` est celle d'un détour, s'il y en a un."""
    return reverse(nom, args=arguments)


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


# Le plan du site --------------------------------------------------------------------------------------------

DE_PLUS = [
    ("Accueil", "pilotage:accueil"),
    ("Contact", "pilotage:contact"),
    ("Accessibilité", "pilotage:accessibilite"),
    ("Mentions légales", "pilotage:mentions"),
    ("Données personnelles", "pilotage:donnees_personnelles"),
]
# Ce que le SAIO et l'observation atteignent par une page de la barre.
SOUS_L_ACADEMIE = [
    ("Élèves sans convocation", "pilotage:attentes"),
    ("Retards et relances", "avis:retards"),
    ("Calendrier", "pilotage:calendrier_academie"),
]
RESERVEES_SOUS_L_ACADEMIE = [
    ("Transferts", "candidatures:transferts_academie"),
    ("Conservation des données", "conservation:accueil"),
    ("Journal de sécurité", "referentiel:journal"),
    ("Voir l’espace d’un établissement", "referentiel:voir_un_espace"),
]


@dataclass(frozen=True, slots=True)
class _Lieu:
    """Un espace où la personne a une place, sans sa campagne."""

    cote: str
    place: Place


def plan_du_site(perimetre: Perimetre) -> list[dict[str, Any]]:
    """Les pages publiques, puis celles de chaque espace de la personne ; sous chaque titre, des liens."""
    publics = [_lien(libelle, reverse(nom)) for libelle, nom in [*DE_PLUS[:1], *PUBLIQUE, *DE_PLUS[1:]]]
    return [
        {"titre": "Pages publiques", "liens": publics},
        *({"titre": _titre(lieu), "liens": _liens_du_lieu(lieu)} for lieu in _lieux(perimetre)),
    ]


def _lieux(perimetre: Perimetre) -> list[_Lieu]:
    """Un établissement d'origine et d'accueil en donne deux ; l'académie, un seul."""
    lieux = [
        _Lieu(cote.value, place)
        for place in perimetre.places
        if place.etablissement
        for cote in Cote
        if getattr(place, cote.value)
    ]
    academique = next((place for place in perimetre.places if place.etablissement is None), None)
    return [*lieux, _Lieu("academie", academique)] if academique else lieux


def _titre(lieu: _Lieu) -> str:
    etablissement = lieu.place.etablissement
    if etablissement is None:
        return f"Académie de {lieu.place.academie.nom}"
    return f"{etablissement.nom_et_commune}, établissement {'d’origine' if lieu.cote == Cote.ORIGINE else 'd’accueil'}"


def _liens_du_lieu(lieu: _Lieu) -> list[dict[str, str]]:
    liens = _liens_permis(lieu)
    if lieu.cote == "academie":
        de_plus = RESERVEES_SOUS_L_ACADEMIE if peut_administrer_l_academie(lieu.place) else []
        liens += [(libelle, reverse(nom)) for libelle, nom in [*SOUS_L_ACADEMIE, *de_plus]]
    elif lit_l_etablissement(lieu.place):
        liens += [(nom, adresse_de(vue, lieu)) for nom, vue in GESTION[lieu.cote] if _se_propose(vue, lieu)]
    return [_lien(libelle, url) for libelle, url in liens]


def _lien(libelle: str, url: str) -> dict[str, str]:
    return {"libelle": libelle, "url": url}


# L'aide d'un écran ------------------------------------------------------------------------------------------

# Écran, puis la page d'aide et la question qui en parlent.
AIDES_DES_ECRANS: dict[str, str] = {
    "pilotage:eleves": "origine#eleves",
    "candidatures:import_fichier": "origine#eleves",
    "candidatures:import_colonnes": "origine#eleves",
    "candidatures:import_verification": "origine#eleves",
    "candidatures:inscription": "origine#inscrire",
    "candidatures:inscription_formations": "origine#inscrire",
    "candidatures:inscription_groupee": "origine#inscrire",
    "candidatures:inscription_avis": "origine#avis",
    "candidatures:avis": "origine#avis",
    "candidatures:avis_classe": "origine#avis",
    "candidatures:avis_grille": "origine#avis",
    "candidatures:avis_eleve": "origine#avis",
    "candidatures:desistement": "origine#changements",
    "candidatures:candidature_accueil": "origine#changements",
    "candidatures:transferts": "origine#changements",
    "entretiens:convocations": "origine#convocations",
    "entretiens:convocation": "origine#convocations",
    "entretiens:adresses": "origine#convocations",
    "avis:fiches": "origine#fiches",
    "avis:fiche": "origine#fiches",
    "avis:lot_de_fiches": "origine#fiches",
    "candidatures:equipe_origine": "origine#equipe",
    "pilotage:candidats": "accueil#candidats",
    "pilotage:candidature_accueil": "accueil#candidats",
    "entretiens:planning": "accueil#planning",
    "entretiens:creer_des_creneaux": "accueil#planning",
    "entretiens:proposer": "accueil#planning",
    "entretiens:proposition": "accueil#planning",
    "entretiens:envois": "accueil#envoi",
    "entretiens:envoi": "accueil#envoi",
    "entretiens:presences": "accueil#presences",
    "entretiens:seance": "accueil#collectif",
    "entretiens:offre": "accueil#offre",
    "entretiens:accueil": "accueil#offre",
    "avis:comptes_rendus": "accueil#comptes-rendus",
    "avis:compte_rendu": "jury#compte-rendu",
    "pilotage:calendrier_academie": "saio#journee",
    "pilotage:suivi": "saio#suivi",
    "avis:retards": "saio#suivi",
    "referentiel:courriels": "saio#courriels",
    "referentiel:courriel": "saio#courriels",
    "referentiel:importer_catalogue": "saio#tableur",
    "referentiel:voir_un_espace": "saio#journee",
}
AIDES_DES_ESPACES = {"origine": "origine", "accueil": "accueil", "academie": "saio"}


def aide_de(request: HttpRequest, espace: Any) -> str:
    """La question de l'aide qui parle de cet écran ; à défaut, l'aide de l'espace, puis celle de tous."""
    if espace is None:
        return reverse("pilotage:aide")
    ecran = request.resolver_match.view_name if request.resolver_match else ""
    role, _, question = AIDES_DES_ECRANS.get(ecran, AIDES_DES_ESPACES[str(espace.cote)]).partition("#")
    page = reverse("pilotage:aide_du_role", args=[role])
    return f"{page}#{question}" if question else page
