"""De page en page depuis l'accueil de chacun : aucun lien mort, un code bien formé (RGAA 8.2, 12.3)."""

from collections import deque
from html.parser import HTMLParser as Lecteur
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, resolve, reverse
from tinyhtml5.parser import HTMLParser

from tests.architecture.acces import Lieux
from tests.factories.pilotage import Scene

OUVERTES = {200, 302}
# Assez pour chaque page et ses filtres ; les filtres d'une liste se croisent sans fin.
AU_PLUS = 200
# Une campagne passée et un jour répété ont leurs propres tests : leur préfixe n'est pas une page.
DETOURS = ("/archives/", "/repetition/", "/academies/")
# Un fichier préparé se lit dans ses propres tests ; le dessiner ici ne dirait rien des liens.
FICHIERS = (".pdf", ".xlsx", ".csv", ".ics", ".zip", ".txt")
DEPARTS = {
    "anonyme": "/",
    "chef_origine": "/espaces/",
    "chef_accueil": "/espaces/",
    "observateur": "/espaces/",
    "saio": "/espaces/",
}


class _Adresses(Lecteur):
    """Les liens et les envois d'une page ; les identifiants qu'elle porte."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.liens: list[str] = []
        self.envois: list[str] = []
        self.identifiants: list[str] = []
        self.feed(page)

    def handle_starttag(self, balise: str, attributs: list[tuple[str, str | None]]) -> None:
        valeurs = dict(attributs)
        if valeurs.get("id"):
            self.identifiants.append(valeurs["id"] or "")
        if balise == "a" and valeurs.get("href"):
            self.liens.append(valeurs["href"] or "")
        if balise == "form" and valeurs.get("action"):
            self.envois.append(valeurs["action"] or "")


class Promenade:
    """Suit les liens du site, une adresse par page et par jeu de filtres, et note ce qui ne va pas."""

    def __init__(self, client: Client, depart: str) -> None:
        self.client = client
        self.vues: set[tuple[str, frozenset[str]]] = set()
        self.a_voir: deque[tuple[str, str]] = deque([(depart, "départ")])
        self.ouvertes: list[str] = []
        self.defauts: list[str] = []

    def faire(self) -> "Promenade":
        while self.a_voir and len(self.ouvertes) < AU_PLUS:
            adresse, depuis = self.a_voir.popleft()
            self._ouvrir(adresse, depuis)
        return self

    def _ouvrir(self, adresse: str, depuis: str) -> None:
        self.ouvertes.append(adresse)
        reponse = self.client.get(adresse)
        if reponse.streaming:
            b"".join(reponse.streaming_content)
        if reponse.status_code not in OUVERTES:
            self.defauts.append(f"{adresse} répond {reponse.status_code}, depuis {depuis}")
        elif reponse.status_code == 302:
            self._retenir(reponse["Location"], adresse)
        elif reponse["Content-Type"].startswith("text/html"):
            self._lire(reponse, adresse)

    def _lire(self, reponse: HttpResponse, adresse: str) -> None:
        texte = reponse.content.decode()
        page = _Adresses(texte)
        self.defauts += [f"{adresse}\u00a0: {defaut}" for defaut in defauts_du_code(texte, page.identifiants)]
        for lien in page.liens:
            # Le bouton « revenir » d'une suppression, dans l'administration de Django.
            if lien == "#" and adresse.startswith("/admin/"):
                continue
            if lien.startswith("#") and lien[1:] not in page.identifiants:
                self.defauts.append(f"{adresse}\u00a0: {lien} ne mène nulle part")
            self._retenir(urljoin(adresse, lien), adresse)
        self.defauts += [
            f"{adresse}\u00a0: envoi vers {envoi}" for envoi in page.envois if not _existe(urljoin(adresse, envoi))
        ]

    def _retenir(self, adresse: str, depuis: str) -> None:
        morceaux = urlsplit(adresse)
        if morceaux.scheme not in {"", "http"} or morceaux.netloc not in {"", "testserver"}:
            return
        if (
            morceaux.path.endswith(FICHIERS)
            or morceaux.path.startswith(DETOURS)
            or morceaux.path.startswith(settings.STATIC_URL)
        ):
            return
        try:
            page = resolve(morceaux.path).view_name
        except Resolver404:
            self.defauts.append(f"{adresse} n’existe pas, depuis {depuis}")
            return
        filtres = frozenset[str]() if page.startswith("admin:") else frozenset(parse_qs(morceaux.query))
        cle = (page, filtres)
        if cle not in self.vues:
            self.vues.add(cle)
            self.a_voir.append((morceaux._replace(fragment="").geturl(), depuis))


def _existe(adresse: str) -> bool:
    try:
        resolve(urlsplit(adresse).path)
    except Resolver404:
        return False
    return True


def defauts_du_code(texte: str, identifiants: list[str]) -> list[str]:
    """Balises mal imbriquées et identifiants en double."""
    analyse = HTMLParser()
    analyse.parse(texte)
    lignes = texte.splitlines()
    mal_formes = [
        f"ligne {ligne}, {faute} {details}\u00a0: {lignes[min(ligne, len(lignes)) - 1].strip()[:160]}"
        for (ligne, _), faute, details in analyse.errors
    ]
    doubles = {identifiant for identifiant in identifiants if identifiants.count(identifiant) > 1}
    return [*mal_formes, *(f"identifiant en double : {double}" for double in sorted(doubles))]


@pytest.fixture
def scene_servie(scene) -> Scene:
    """Assez de situations pour que chaque page ait ses liens."""
    scene.donner_un_bonus()
    Lieux(scene)
    scene.en_retard()
    scene.a_relire()
    scene.candidature(eleve=scene.eleve(referent_courriel="", referent_nom=""))
    return scene


@pytest.mark.parametrize("qui", DEPARTS)
def test_aucun_lien_ne_mene_a_une_page_absente_ou_refusee(scene_servie, connecter, qui):
    client = Client() if qui == "anonyme" else connecter(getattr(scene_servie, qui).personne)
    promenade = Promenade(client, DEPARTS[qui]).faire()
    assert len(promenade.vues) > 15, "la promenade s’est arrêtée tôt"
    assert not promenade.defauts, "\n".join(promenade.defauts)


@pytest.mark.parametrize("qui", DEPARTS)
def test_le_plan_du_site_mene_a_chaque_page_de_la_barre(scene_servie, connecter, qui):
    client = Client() if qui == "anonyme" else connecter(getattr(scene_servie, qui).personne)
    accueil = client.get(DEPARTS[qui], follow=True)
    plan = _Adresses(client.get(reverse("pilotage:plan_du_site")).content.decode()).liens
    barre = [lien["url"] for lien in accueil.context["coquille"]["navigation"]]
    assert 1 < len(barre) <= 6
    assert set(barre) <= set(plan)


def test_la_promenade_voit_un_lien_mort_et_un_code_mal_forme():
    assert not _existe("/nulle-part/")
    assert defauts_du_code("<!DOCTYPE html><title>x</title><p><div>a</div></p>", [])
    assert defauts_du_code("<!DOCTYPE html><title>x</title><p>a</p>", ["b", "b"]) == ["identifiant en double : b"]
