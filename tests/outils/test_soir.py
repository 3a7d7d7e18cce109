"""Ce dont le dernier soir dépend sans le montrer : un tirage qui se refait, un mandataire qui passe les morts (F8)."""

import http.client
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from outils.environnement import port_libre
from outils.soir.arrivees import PARTS, arrivees
from outils.soir.charge import quantile
from tests.atelier import RACINE, attendre

LOCALE = "127.0.0.1"


def test_le_meme_tirage_fait_arriver_les_memes_au_debit_et_aux_parts_voulus():
    suite = list(arrivees(debit=100, duree=60, graine=7))
    assert suite == list(arrivees(debit=100, duree=60, graine=7))
    assert suite != list(arrivees(debit=100, duree=60, graine=8))
    assert [arrivee.rang for arrivee in suite] == list(range(len(suite)))
    assert 5_700 < len(suite) < 6_300
    for genre, part in PARTS.items():
        assert abs(sum(arrivee.genre is genre for arrivee in suite) / len(suite) - part / 100) < 0.03


def test_un_quantile_est_une_attente_qui_a_eu_lieu():
    assert [quantile(range(1, 101), part) for part in (0.5, 0.95, 0.99)] == [50, 95, 99]
    assert quantile([3.0], 0.95) == 3.0
    assert quantile([], 0.95) == 0.0


def test_le_mandataire_passe_un_groupe_mort_et_oublie_celui_qu_on_retire(tmp_path):
    liste, mort = tmp_path / "groupes.json", port_libre()
    with groupe("un") as un, groupe("deux") as deux:
        liste.write_text(json.dumps([mort, un, deux]))
        with mandataire(liste) as (processus, port):
            assert {demander(port) for _ in range(6)} == {"un", "deux"}
            liste.write_text(json.dumps([mort, deux]))
            processus.send_signal(signal.SIGHUP)
            assert attendre(lambda: {demander(port) for _ in range(6)} == {"deux"}, au_plus=60)


@contextmanager
def groupe(nom: str) -> Iterator[int]:
    """Un serveur qui dit son nom."""

    class Reponse(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(nom)))
            self.end_headers()
            self.wfile.write(nom.encode())

        def log_message(self, *arguments: object) -> None:
            """Rien à dire : un test n'a pas de journal."""

    serveur = ThreadingHTTPServer((LOCALE, 0), Reponse)
    fil = Thread(target=serveur.serve_forever, daemon=True)
    fil.start()
    try:
        yield serveur.server_port
    finally:
        serveur.shutdown()
        serveur.server_close()
        fil.join()


@contextmanager
def mandataire(liste) -> Iterator[tuple[subprocess.Popen, int]]:
    port = port_libre()
    commande = [sys.executable, "-m", "outils.epreuve.repartiteur", "--port", str(port), "--groupes", liste]
    processus = subprocess.Popen(commande, cwd=RACINE)
    try:
        assert attendre(lambda: ecoute(port), au_plus=60)
        yield processus, port
    finally:
        processus.terminate()
        processus.wait(timeout=60)


def ecoute(port: int) -> bool:
    with socket.socket() as essai:
        return essai.connect_ex((LOCALE, port)) == 0


def demander(port: int) -> str:
    connexion = http.client.HTTPConnection(LOCALE, port, timeout=60)
    try:
        connexion.request("GET", "/")
        return connexion.getresponse().read().decode()
    finally:
        connexion.close()
