"""Aucun journal ne nomme personne : des parcours et des erreurs provoquées, dans de vrais processus (R40, T20)."""

import gzip
import http.client
import json
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote, urlencode

import brotli
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.utils import timezone

from candidatures.forms import NOUVELLE_CLASSE
from courriers.models import Courriel
from courriers.tasks import faire_partir_les_courriers
from passpro import sentinelle
from passpro.journaux import EnJson, EnLigne, JournalDesRequetes
from tests.atelier import RACINE, attendre, environnement, serveurs_ouverts
from tests.factories.candidatures import EleveFactory
from tests.factories.conservation import DISTINCTIFS, INE, NOM, PRENOM, REFERENT
from tests.factories.pilotage import Scene
from tests.messagerie import serveur_de_messagerie

ADRESSE_NOMMEE = f"{NOM.lower()}@creteil.example"


def noms_dans(texte: str) -> set[str]:
    return {mot for mot in DISTINCTIFS if mot.lower() in texte.lower()}


@contextmanager
def processus(journal: Path, *commande: str, **variables: str) -> Iterator[None]:
    with journal.open("wb") as sortie:
        lance = subprocess.Popen(
            [sys.executable, "-m", *commande],
            cwd=RACINE,
            env=environnement(**variables),
            start_new_session=True,
            stdout=sortie,
            stderr=sortie,
        )
        try:
            yield
        finally:
            os.killpg(lance.pid, signal.SIGTERM)
            lance.wait(timeout=120)


@contextmanager
def refus_de_la_base(table: str, condition: str) -> Iterator[None]:
    """Une contrainte de plus : la base refuse, et recopie toute la ligne dans le texte de son erreur."""
    with connection.cursor() as curseur:
        curseur.execute(f"ALTER TABLE {table} ADD CONSTRAINT essai CHECK ({condition}) NOT VALID")
        try:
            yield
        finally:
            curseur.execute(f"ALTER TABLE {table} DROP CONSTRAINT essai")


@contextmanager
def colonne_perdue(table: str, colonne: str) -> Iterator[None]:
    """La base ne comprend plus la commande, et en recopie la ligne, valeurs comprises, dans le texte de son erreur."""
    with connection.cursor() as curseur:
        curseur.execute(f"ALTER TABLE {table} RENAME COLUMN {colonne} TO perdue")
        try:
            yield
        finally:
            curseur.execute(f"ALTER TABLE {table} RENAME COLUMN perdue TO {colonne}")


class Visiteur:
    """Un client HTTP qui tient sa session et son jeton."""

    def __init__(self, port: int, session: str) -> None:
        self.port, self.temoins = port, {settings.SESSION_COOKIE_NAME: session}

    def demander(self, methode: str, adresse: str, champs: dict[str, str] | None = None) -> tuple[int, str]:
        liaison = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        entetes = {"Cookie": "; ".join(f"{nom}={valeur}" for nom, valeur in self.temoins.items())}
        corps = None
        if champs is not None:
            corps, entetes["Content-Type"] = urlencode(champs), "application/x-www-form-urlencoded"
        liaison.request(methode, adresse, corps, entetes)
        reponse = liaison.getresponse()
        for temoin in reponse.headers.get_all("Set-Cookie", []):
            nom, _, valeur = temoin.partition(";")[0].partition("=")
            self.temoins[nom] = valeur
        page = reponse.read().decode()
        liaison.close()
        return reponse.status, page

    def jeton(self, adresse: str) -> dict[str, str]:
        _, page = self.demander("GET", adresse)
        return {"csrfmiddlewaretoken": re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]}

    def envoyer(self, adresse: str, **champs: str) -> tuple[int, str]:
        return self.demander("POST", adresse, champs | self.jeton(adresse))


@pytest.mark.pannes
@pytest.mark.django_db(transaction=True)
def test_des_parcours_et_des_erreurs_ne_laissent_aucun_nom_aux_journaux(tmp_path, connecter):
    scene = Scene()
    scene.eleve(nom=NOM, prenom=PRENOM, ine=f"{INE}001Q")
    session = connecter(scene.chef_origine.personne).cookies[settings.SESSION_COOKIE_NAME].value
    origine = f"/origine/{scene.college.segment}/"
    web, atelier = tmp_path / "web.log", tmp_path / "atelier.log"
    with serveurs_ouverts(journal=web) as serveurs:
        reference = un_parcours(Visiteur(serveurs.port, session), origine)
    with serveur_de_messagerie() as messagerie, refus_de_la_base("courriers_courriel", "etat <> 'envoye'"):
        Courriel.objects.create(
            cle="nomme",
            destinataire=ADRESSE_NOMMEE,
            texte=NOM,
            poste_le=timezone.now(),
            prochain_essai_le=timezone.now(),
        )
        commande = ("celery", "-A", "passpro", "worker", "--queues=courriers", "--concurrency=1", "--loglevel=INFO")
        with processus(atelier, *commande, EMAIL_URL=messagerie.adresse):
            faire_partir_les_courriers.delay()
            assert attendre(lambda: "IntegrityError" in atelier.read_text(), au_plus=120)
    ecrits = {journal: journal.read_text() for journal in (web, atelier)}
    assert {mot for texte in ecrits.values() for mot in noms_dans(texte)} == set()
    assert not [texte for texte in ecrits.values() if "q=" in texte or scene.college.segment in texte]
    assert re.search(rf" {reference} GET origine/<str:uai>/eleves/ 500 en \d+ ms", ecrits[web])
    assert re.search(rf" {reference} .*ProgrammingError \(.*pilotage/views/origine\.py:\d+", ecrits[web])
    assert "courriers.tasks.faire_partir_les_courriers" in ecrits[atelier]


def un_parcours(visiteur: Visiteur, origine: str) -> str:
    """Chercher, se tromper, être refusé, provoquer une erreur : rend la référence que la page d'erreur montre."""
    ajouter = f"{origine}eleves/ajouter/"
    eleve = {
        "nom": f"{NOM}b",
        "prenom": f"{PRENOM}b",
        "date_de_naissance_day": "13",
        "date_de_naissance_month": "7",
        "date_de_naissance_year": "2011",
        "classe": NOUVELLE_CLASSE,
        "nouvelle_classe": "3e Xylqua",
        "niveau": "3e",
        "referent": "autre",
        "ine": f"{INE}002Q",
        "referent_nom": f"Mme {REFERENT}",
        "referent_courriel": ADRESSE_NOMMEE,
    }
    statuts = [
        visiteur.demander("GET", f"{origine}eleves/?q={NOM}")[0],
        visiteur.demander("GET", f"/{quote(NOM)}/{INE}001Q/")[0],
        visiteur.demander("GET", f"{origine}eleves/?q={NOM}%00")[0],
        visiteur.demander("POST", ajouter, eleve)[0],
        visiteur.envoyer(ajouter, **eleve | {"ine": f"{INE}001Q"})[0],
    ]
    assert statuts == [200, 404, 400, 403, 200]
    inconnu = Visiteur(visiteur.port, "")
    assert inconnu.envoyer("/connexion/", username=ADRESSE_NOMMEE, password=f"{NOM}-{PRENOM}")[0] == 200
    with colonne_perdue("candidatures_eleve", "cle"):
        statut, page = visiteur.demander("GET", f"{origine}eleves/?q={NOM}")
    assert statut == 500
    assert noms_dans(page) == set()
    return re.search(r"<strong>([0-9a-f]{8})</strong>", page)[1]


# Les lignes -------------------------------------------------------------------------------------------------------


@pytest.fixture
def refus(db):
    """Une erreur de la base qui porte tout ce qu'on ne veut pas écrire."""
    eleve = EleveFactory(ine=f"{INE}001Q")
    with pytest.raises(DatabaseError) as refus, transaction.atomic():
        EleveFactory(ine=eleve.ine, campagne=eleve.campagne, nom=NOM)
    assert INE in str(refus.value)
    return refus.value


def ligne(source: str, message: str, *arguments: object, erreur: Exception | None = None, niveau: int = logging.ERROR):
    exc_info = (type(erreur), erreur, erreur.__traceback__) if erreur else None
    return logging.LogRecord(source, niveau, __file__, 1, message, arguments, exc_info)


@pytest.mark.parametrize("forme", [EnLigne, EnJson])
def test_une_erreur_dit_sa_classe_et_son_chemin_jamais_son_texte(refus, forme):
    ecrite = forme("{levelname} {name} {message}", style="{").format(
        ligne("courriers.services.depart", "Courriel %s : en panne.", 7, erreur=refus)
    )
    assert "IntegrityError" in ecrite
    assert "psycopg.errors.UniqueViolation" in ecrite
    assert "Courriel 7" in ecrite
    assert noms_dans(ecrite) == set()


@pytest.mark.parametrize(
    ("source", "message", "arguments", "attendu"),
    [
        ("django.request", "%s: %s", ("Not Found", f"/{NOM}/"), "…: …"),
        ("django.security.DisallowedHost", f"Invalid HTTP_HOST header: '{NOM}'", (), "…"),
        ("axes.watch_login", "AXES: New login failure by %s", (ADRESSE_NOMMEE,), "AXES: New login failure by …"),
        ("gunicorn.error", "Error handling request %s", (f"/eleves/?q={NOM}",), "Error handling request …"),
        (
            "celery.app.trace",
            "Task %(name)s[%(id)s] raised unexpected: %(exc)s",
            ({"name": "courriers.tasks.partir", "id": "a1", "exc": f"ValueError('{NOM}')"},),
            "Task courriers.tasks.partir[a1] raised unexpected: …",
        ),
    ],
    ids=["django", "securite", "axes", "gunicorn", "celery"],
)
def test_d_une_bibliotheque_on_garde_la_phrase_sans_ses_valeurs(source, message, arguments, attendu):
    assert EnLigne("{message}", style="{").format(ligne(source, message, *arguments)) == attendu


def test_en_production_une_requete_est_un_objet_json(rf, caplog):
    class Route:
        route = "origine/<str:uai>/eleves/"

    def repondre(request):
        request.resolver_match = Route()
        return HttpResponse()

    with caplog.at_level(logging.INFO, logger="passpro.requetes"):
        JournalDesRequetes(repondre)(rf.get(f"/origine/x/eleves/?q={NOM}"))
    forme = settings.LOGGING["formatters"]["json"]
    ecrit = EnJson(forme["format"], style="{", rename_fields=forme["rename_fields"]).format(caplog.records[-1])
    objet = json.loads(ecrit)
    assert (objet["methode"], objet["forme"], objet["statut"]) == ("GET", Route.route, 200)
    assert re.fullmatch("[0-9a-f]{8}", objet["reference"])
    assert objet["niveau"] == "INFO"
    assert noms_dans(ecrit) == set()


# Sentry -----------------------------------------------------------------------------------------------------------


def test_sentry_recoit_le_chemin_de_l_erreur_et_rien_de_plus(tmp_path):
    """Un vrai collecteur : il reçoit l'enveloppe telle qu'elle part."""
    with collecteur() as (port, recues):
        programme = f"""
import django
django.setup()
from django.test import RequestFactory
import logging, sentry_sdk
def fautive(eleve):
    raise ValueError("{NOM} {INE}001Q " + eleve)
sentry_sdk.set_user({{"email": "{ADRESSE_NOMMEE}"}})
sentry_sdk.set_extra("saisie", "{PRENOM}")
logging.getLogger("essai").warning("{NOM}")
try:
    fautive("{PRENOM}")
except ValueError as erreur:
    sentry_sdk.capture_exception(erreur)
logging.getLogger("essai").error("Message de {NOM}")
sentry_sdk.flush(60)
"""
        variables = {"SENTRY_DSN": f"http://cle@127.0.0.1:{port}/1", "DJANGO_SETTINGS_MODULE": "passpro.settings"}
        subprocess.run(
            [sys.executable, "-c", programme], env=os.environ | variables, cwd=RACINE, check=True, timeout=120
        )
    recu = "\n".join(recues)
    assert '"type":"ValueError"' in recu.replace(" ", "")
    assert "fautive" in recu
    assert noms_dans(recu) == set()


@contextmanager
def collecteur() -> Iterator[tuple[int, list[str]]]:
    recues: list[str] = []

    class Reception(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            corps = self.rfile.read(int(self.headers["Content-Length"]))
            ouvrir = {"br": brotli.decompress, "gzip": gzip.decompress}.get(self.headers["Content-Encoding"], bytes)
            recues.append(ouvrir(corps).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Reception) as serveur:
        fil = Thread(target=serveur.serve_forever, daemon=True)
        fil.start()
        yield serveur.server_port, recues
        serveur.shutdown()
        fil.join()


def test_sans_adresse_sentry_ne_part_pas(monkeypatch):
    monkeypatch.setattr(sentinelle.sentry_sdk, "init", pytest.fail)
    sentinelle.veiller("", environnement="tests")
