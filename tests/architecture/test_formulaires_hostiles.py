"""Chaque formulaire du site, administration comprise : chaque champ, à son tour, mal rempli (R41).

Un champ reçoit une valeur hostile, les autres gardent la leur : ce qui le lit est atteint. Les valeurs tournent d'un
champ à l'autre, et un champ sur quatre est essayé ; `HOSTILITES=toutes` essaie chaque valeur dans chaque champ.
"""

import os
from collections.abc import Iterator
from itertools import cycle
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from tests.architecture.acces import PERSONNES, TABLE, Lieux
from tests.architecture.formulaires import Formulaire, formulaires_de
from tests.architecture.test_acces import Entrees, ecritures_relevees, sans_suite

VALEURS: dict[str, tuple[str, ...]] = {
    "sens et largeur nulle": ("\u202e\u200b\ufeffא",),
    "cent mille signes": ("é" * 100_000,),
    "négatif": ("-1",),
    "cinq mille chiffres": ("9" * 5_000,),
    "exposant": ("²",),
    "chiffres d’ailleurs": ("١٢",),
    "au-delà d’un entier": ("99999999999999999999",),
    "date nulle": ("0000-00-00",),
    "31 février": ("31/02/2027",),
    "fin des temps": ("9999-12-31",),
    "début des temps": ("0001-01-01",),
    "heure fausse": ("24:61",),
    "pas un nombre": ("nan",),
    "motif": ("%_\\' OR 1=1 --",),
    "deux adresses": ("a@b.example, x@ailleurs.example",),
    "en-tête": ("a\r\nBcc: x@ailleurs.example",),
    "commandes": ("\x1b\x07\x0b",),
    "non-caractères": ("\ufffe\uffff",),
    "blancs": ("   ",),
    "tableau": ("[]",),
    "répété": ("1", "x", "2"),
    "absent": (),
}
UN_CHAMP_SUR = 4
TOUTES = os.environ.get("HOSTILITES") == "toutes"
ADMINISTRATION = "saio"
REFUSES = range(400, 500)


@pytest.fixture
def entrees(scene, connecter) -> Entrees:
    return Entrees(
        {qui: Client() if qui == "anonyme" else connecter(getattr(scene, qui).personne) for qui in PERSONNES}
    )


def pages_du_site(lieux: Lieux) -> Iterator[tuple[str, str]]:
    """Chaque page et la première sorte de personne qui l'ouvre."""
    for page in TABLE:
        qui = next((qui for qui, statut in zip(PERSONNES, page.statuts, strict=True) if statut == 200), None)
        if qui and not page.envoi:
            yield reverse(page.nom, kwargs=lieux.arguments(page)), qui


def pages_de_l_administration(_: Lieux) -> Iterator[tuple[str, str]]:
    for modele in admin.site._registry:
        nom = f"admin:{modele._meta.app_label}_{modele._meta.model_name}"
        objet = modele._default_manager.order_by("pk").first()
        adresses = [reverse(f"{nom}_changelist"), reverse(f"{nom}_add")]
        for adresse in adresses + ([reverse(f"{nom}_change", args=[objet.pk])] if objet else []):
            yield adresse, ADMINISTRATION


def formulaires(entrees: Entrees, pages: Iterator[tuple[str, str]]) -> dict[tuple, tuple[Formulaire, str]]:
    """Chaque formulaire une fois : un même champ de deux pages ne s'essaie pas deux fois."""
    trouves: dict[tuple, tuple[Formulaire, str]] = {}
    for chemin, qui in pages:
        with sans_suite():
            reponse = entrees[qui].get(chemin)
            if reponse.streaming:
                b"".join(reponse.streaming_content)
        if reponse.status_code == 200 and reponse["Content-Type"].startswith("text/html"):
            for formulaire in formulaires_de(chemin, reponse.content.decode()):
                trouves.setdefault((formulaire.chemin, *formulaire.noms, *formulaire.bouton), (formulaire, qui))
    return trouves


@pytest.mark.parametrize("pages", [pages_du_site, pages_de_l_administration], ids=["site", "administration"])
def test_chaque_champ_de_chaque_formulaire_mal_rempli(lieux, entrees, pages):
    """Jamais une erreur du serveur ; un refus n'écrit rien ; une lecture non plus."""
    tour, fautes, essais = cycle(VALEURS), [], 0
    pas = 1 if TOUTES else UN_CHAMP_SUR
    trouves = formulaires(entrees, pages(lieux)).values()
    champs = [(formulaire, qui, nom) for formulaire, qui in trouves for nom in formulaire.noms]
    for formulaire, qui, nom in champs[::pas]:
        for cas in VALEURS if TOUTES else [next(tour)]:
            essais += 1
            fautes += [
                f"{formulaire.chemin} {nom} ({cas}) : {faute}"
                for faute in essayer(entrees[qui], formulaire, nom, VALEURS[cas])
            ]
    assert fautes == []
    assert essais > 60


def essayer(client: Client, formulaire: Formulaire, nom: str, valeurs: tuple[str, ...]) -> list[str]:
    client.raise_request_exception = False
    corps = urlencode(formulaire.avec(nom, *valeurs))
    with sans_suite(), ecritures_relevees() as ecrites:
        if formulaire.est_un_envoi:
            reponse = client.post(formulaire.chemin, corps, content_type="application/x-www-form-urlencoded")
        else:
            reponse = client.get(f"{formulaire.chemin}?{corps}")
        if reponse.streaming:
            b"".join(reponse.streaming_content)
    if reponse.status_code >= 500:
        return [f"{reponse.status_code} {getattr(reponse, 'exc_info', ('', ''))[1]!r}"[:300]]
    en_trop = reponse.status_code in REFUSES or not formulaire.est_un_envoi
    return [f"écrit dans {table}" for table in ecrites] if en_trop else []
