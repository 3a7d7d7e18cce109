"""Aucune saisie ne fait tomber une page (R41) : chaque adresse, chaque filtre, chaque envoi, mal remplis."""

from itertools import product
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from tests.architecture.acces import TABLE, Lieux, Page

NUL = "\x00"
VALEURS = ("-1", "9" * 5000, "²", "9999-12-31", "a " * 3000, NUL)
FILTRES = [
    "page",
    "q",
    "etat",
    "classe",
    "jour",
    "domaine",
    "origine",
    "jury",
    "tri",
    "tout",
    "passes",
    "academie",
    "departement",
    "type",
    "modalite",
    "ville",
    "etablissement",
    "par",
    "au",
    "cote",
    "en_retard",
    "motif",
]
CHAMPS = [
    "geste",
    "etape",
    "jour",
    "jury",
    "salle",
    "candidature",
    "creneau",
    "codes",
    "domaines",
    "quand",
    "heure",
    "autre",
    "courriel",
    "destinataire",
    "eleve",
    "action",
    "convocation",
    "a_remettre",
    "texte",
    "version",
    "formation_ajoutee",
    "avis_ajoute",
    "presence",
    "message",
    "retirer",
    "confirme",
    "motif",
    "formations",
    "suite",
    "accueil",
    "du",
    "au",
    "de",
    "a",
    "duree",
    "jours",
    "capacite",
    "nom",
    "membres",
    "transfert",
    "ine",
    "reprendre",
    "filtrer",
    "garder_la_sienne",
    "etablissement",
    "envoi",
]
GESTES = {
    "entretiens:creer_des_creneaux": ("apercu", "creer"),
    "entretiens:creneau": ("modifier", "attribuer"),
    "entretiens:proposition": ("verifier", "recalculer", "corriger", "enregistrer"),
    "entretiens:presences": ("enregistrer", "tous"),
    "avis:relancer": ("", "envoyer"),
    "avis:compte_rendu": ("brouillon", "transmettre", "corriger", "renvoyer", "absence"),
}
DE_QUI = {"origine": "chef_origine", "accueil": "chef_accueil", "academie": "saio"}


@pytest.fixture
def ouvreurs(scene, connecter) -> dict[str, Client]:
    clients = {cote: connecter(getattr(scene, qui).personne) for cote, qui in DE_QUI.items()}
    for client in clients.values():
        client.raise_request_exception = False
    return clients


def adresses(lieux: Lieux) -> list[tuple[Page, str, str]]:
    lues = []
    for page in TABLE:
        if page.nom != "sante":
            chemin = reverse(page.nom, kwargs=lieux.arguments(page))
            cote = chemin.split("/")[1]
            lues.append((page, chemin, cote if cote in DE_QUI else "academie"))
    return lues


def deux_valeurs(rang: int) -> tuple[str, str]:
    """Deux des six valeurs, d'une page à l'autre : chacune passe sur un tiers des pages."""
    return VALEURS[rang % 6], VALEURS[(rang + 3) % 6]


def test_un_filtre_mal_rempli_ne_fait_tomber_aucune_page(lieux, ouvreurs):
    tombees = []
    for rang, (page, chemin, cote) in enumerate(adresses(lieux)):
        for valeur in () if page.envoi or page.nom.endswith("_pdf") else deux_valeurs(rang):
            requete = dict.fromkeys([*FILTRES, "candidature", "creneau", "convocation", "formations"], valeur)
            if ouvreurs[cote].get(chemin, requete).status_code >= 500:
                tombees.append(f"{page.nom} ({valeur[:12]!r})")
    assert not tombees


@pytest.mark.parametrize("valeur", [NUL, "9" * 400], ids=lambda valeur: repr(valeur[:6]))
def test_une_adresse_mal_ecrite_ne_fait_tomber_aucune_page(lieux, ouvreurs, valeur):
    tombees = []
    for page, chemin, cote in adresses(lieux):
        for nom in page.arguments:
            vraie = str(lieux.arguments(page)[nom])
            fausse = chemin.replace(vraie, quote(valeur))
            reponse = ouvreurs[cote].get(fausse)
            if reponse.status_code >= 500:
                tombees.append(f"{page.nom} ({nom}) : {reponse.status_code}")
    assert not tombees


def test_un_envoi_mal_rempli_ne_fait_tomber_aucune_page(lieux, ouvreurs):
    tombees = []
    for rang, (page, chemin, cote) in enumerate(adresses(lieux)):
        if page.nom.startswith("comptes:"):
            continue
        for valeur, nomme in product(deux_valeurs(rang), GESTES.get(page.nom, ("",))):
            geste = nomme or valeur
            envoi = dict.fromkeys(CHAMPS, valeur) | {"geste": geste, "etape": geste}
            if ouvreurs[cote].post(chemin, envoi).status_code >= 500:
                tombees.append(f"{page.nom} ({geste[:12]!r})")
    assert not tombees
