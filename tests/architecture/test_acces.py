"""Qui ouvre quoi : la table des accès, page par page et personne par personne (R36, R37)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from passpro.session_expiree import A_RECONNECTER, ESPACES
from tests.architecture.acces import LECTURES_NOTEES, PERSONNES, RENDUES_PAR_L_ATELIER, TABLE, Lieux, Page
from tests.factories.referentiel import RattachementFactory

ECRITURE = re.compile(r"^\s*(INSERT|UPDATE|DELETE)\b.*?\"(\w+)\"", re.I | re.S)
TENUES_PAR_LE_CADRE = {"comptes_session"}
HORS_TABLE = {"admin"}
REDIRECTION = 302


def pages_du_site(motifs: list, espace: str = "") -> Iterator[str]:
    for motif in motifs:
        if isinstance(motif, URLResolver) and motif.namespace not in HORS_TABLE:
            yield from pages_du_site(motif.url_patterns, f"{espace}{motif.namespace}:" if motif.namespace else espace)
        elif isinstance(motif, URLPattern):
            yield f"{espace}{motif.name}"


def test_chaque_page_est_dans_la_table():
    du_site = list(pages_du_site(get_resolver().url_patterns))
    de_la_table = [page.nom for page in TABLE]
    assert sorted(du_site) == sorted(de_la_table)


@contextmanager
def ecritures_relevees() -> Iterator[list[str]]:
    """Noms des tables écrites dans le bloc."""
    relevees: list[str] = []

    def relever(execute, sql, params, many, context):
        if (ecrite := ECRITURE.match(sql)) and ecrite[2] not in TENUES_PAR_LE_CADRE:
            relevees.append(ecrite[2])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(relever):
        yield relevees


@contextmanager
def sans_suite() -> Iterator[None]:
    """Rend la base comme elle était."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Entrees:
    """Un navigateur neuf pour chaque demande : se déconnecter dans l'une ne change rien aux autres."""

    def __init__(self, clients: dict[str, Client]) -> None:
        self._temoins = {qui: client.cookies for qui, client in clients.items()}

    def __getitem__(self, qui: str) -> Client:
        client = Client(raise_request_exception=False)
        client.cookies = SimpleCookie({nom: temoin.value for nom, temoin in self._temoins[qui].items()})
        return client


@pytest.fixture
def clients(scene, connecter) -> Entrees:
    return Entrees(
        {qui: Client() if qui == "anonyme" else connecter(getattr(scene, qui).personne) for qui in PERSONNES}
    )


def test_chaque_personne_recoit_ce_que_dit_la_table_et_une_lecture_n_ecrit_rien(lieux, clients):
    """Un seul parcours des pages : leur statut, ce qu'elles écrivent, leur titre."""
    ecarts = []
    for page in TABLE:
        for qui, attendu in zip(PERSONNES, page.statuts, strict=True):
            with sans_suite(), ecritures_relevees() as ecrites:
                reponse = ouvrir(clients[qui], page, lieux)
            defauts = [
                *defauts_de_statut(reponse, _sans_session(page, qui, reponse) or attendu),
                *defauts_d_ecriture(page, ecrites),
                *defauts_de_titre(reponse),
                *defauts_de_cache(qui, reponse),
            ]
            ecarts += [f"{page.nom} pour {qui} : {defaut}" for defaut in defauts]
    assert not ecarts, "\n".join(ecarts)


def _sans_session(page: Page, qui: str, reponse: HttpResponse) -> int | None:
    """Un envoi fait sans session dans un espace rend ce qui était tapé, au lieu de mener à la connexion."""
    dans_un_espace = reponse.wsgi_request.path.startswith(ESPACES)
    return A_RECONNECTER if qui == "anonyme" and page.envoi and dans_un_espace else None


def defauts_de_statut(reponse: HttpResponse, attendu: int) -> list[str]:
    return [] if reponse.status_code == attendu else [f"{reponse.status_code} au lieu de {attendu}"]


def defauts_d_ecriture(page: Page, ecrites: list[str]) -> list[str]:
    if page.envoi:
        return []
    return [f"écrit dans {table}" for table in hors_du_journal(page.nom, ecrites)]


def hors_du_journal(nom: str, ecrites: list[str]) -> list[str]:
    """Les tables écrites, sauf le journal pour une page dont la lecture s'y inscrit (R40), et la file des documents
    pour une page qui en donne un."""
    permises = {"comptes_evenement"} if nom in LECTURES_NOTEES else set()
    permises |= {"courriers_document"} if nom in RENDUES_PAR_L_ATELIER else set()
    return [table for table in ecrites if table not in permises]


def defauts_de_cache(qui: str, reponse: HttpResponse) -> list[str]:
    """Aucun cache ne garde ce qu'une personne connectée a reçu (T20)."""
    return [] if qui == "anonyme" or "no-store" in reponse.get("Cache-Control", "") else ["un cache peut la garder"]


def defauts_de_titre(reponse: HttpResponse) -> list[str]:
    if reponse.status_code == REDIRECTION or not reponse.get("Content-Type", "").startswith("text/html"):
        return []
    titres = len(re.findall(rb"<h1[ >]", reponse.content))
    return [] if titres == 1 else [f"{titres} titres"]


def test_une_page_qui_ne_recoit_que_des_envois_refuse_une_lecture(lieux, clients):
    for page in TABLE:
        if page.envoi:
            adresse = reverse(page.nom, kwargs=lieux.arguments(page))
            with sans_suite():
                assert clients["chef_origine"].get(adresse).status_code in {404, 405}, page.nom


def test_un_compte_ferme_n_est_plus_personne(lieux, scene, connecter):
    """Sa session ouverte ne lui sert plus : chaque page le reçoit comme un inconnu (T5)."""
    place = RattachementFactory(etablissement=scene.college)
    clients = Entrees({"ferme": connecter(place.personne)})
    place.personne.is_active = False
    place.personne.save()
    ecarts = []
    for page in TABLE:
        with sans_suite():
            statut = ouvrir(clients["ferme"], page, lieux).status_code
        # Un envoi d'une session finie rend ce qui était tapé, sans rien faire (401).
        if statut not in {page.statuts[0], 401 if page.envoi else page.statuts[0]}:
            ecarts.append(f"{page.nom} : {statut} au lieu de {page.statuts[0]}")
    assert not ecarts, "\n".join(ecarts)


def test_qui_a_deux_places_a_dans_chacune_les_droits_de_celle_ci(lieux, scene, connecter):
    """Chef d'un collège et gestionnaire d'un lycée : l'une des places ne donne rien dans l'autre (R36)."""
    place = RattachementFactory(etablissement=scene.college)
    RattachementFactory(personne=place.personne, gestionnaire=True, a_l_accueil=True, etablissement=scene.lycee)
    clients = Entrees({"deux": connecter(place.personne)})
    roles = {"origine": PERSONNES.index("chef_origine"), "accueil": PERSONNES.index("gestionnaire_accueil")}
    ecarts = []
    for page in TABLE:
        cote = reverse(page.nom, kwargs=lieux.arguments(page)).split("/")[1]
        if cote not in roles or page.envoi or page.nom.endswith("_pdf"):
            continue
        with sans_suite():
            statut = ouvrir(clients["deux"], page, lieux).status_code
        if statut != page.statuts[roles[cote]]:
            ecarts.append(f"{page.nom} : {statut} au lieu de {page.statuts[roles[cote]]}")
    assert not ecarts, "\n".join(ecarts)


def ouvrir(client: Client, page: Page, lieux: Lieux):
    adresse = reverse(page.nom, kwargs=lieux.arguments(page))
    reponse = client.post(adresse) if page.envoi else client.get(adresse)
    if reponse.streaming:
        b"".join(reponse.streaming_content)
    return reponse
