"""Un portail d'essai : un vrai mandataire HTTP qui ôte les en-têtes d'identité des clients et pose les siens."""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.factories.guichets import ENTETES, SECRET

LOCALE = "127.0.0.1"
IDENTITE = {"ct-remote-user", "ctemail", "ctfn", "ctln", "fredufonctadm", "fredurneresp", "fredurlretour"}
DU_SECRET = "X-Passpro-Arena"
PAR_SAUT = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass
class Portail:
    """Le mandataire et ce qu'il dit. `ote` à faux : il laisse passer ce qu'écrit le client, comme mal réglé."""

    amont: int
    identite: dict[str, str] = field(default_factory=lambda: dict(ENTETES))
    secret: str = SECRET
    ote: bool = True
    port: int = 0

    def entetes(self, recus: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Ceux du client, moins l'identité et le secret sous toutes leurs formes, puis ceux du portail."""
        interdits = {nom.replace("-", "") for nom in (*IDENTITE, DU_SECRET.lower())}
        gardes = [
            (nom, valeur)
            for nom, valeur in recus
            if not self.ote or nom.lower().replace("-", "").replace("_", "") not in interdits
        ]
        return [*gardes, *self.identite.items(), (DU_SECRET, self.secret)]


def demander(port: int, chemin: str, entetes: list[tuple[str, str]], *, depuis: str = LOCALE):
    """Une lecture dont les en-têtes sont écrits tels quels, doubles compris ; rend la réponse et son corps."""
    connexion = http.client.HTTPConnection(LOCALE, port, timeout=120, source_address=(depuis, 0))
    connexion.putrequest("GET", chemin, skip_accept_encoding=True)
    for nom, valeur in entetes:
        connexion.putheader(nom, valeur.encode("utf-8"))
    connexion.endheaders()
    reponse = connexion.getresponse()
    corps = reponse.read()
    connexion.close()
    return reponse, corps


@contextmanager
def portail_ouvert(amont: int) -> Iterator[Portail]:
    portail = Portail(amont)

    class Relais(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            recus = [(nom, valeur) for nom, valeur in self.headers.items() if nom.lower() not in PAR_SAUT | {"host"}]
            reponse, corps = demander(portail.amont, self.path, portail.entetes(recus))
            self.send_response(reponse.status)
            for nom, valeur in reponse.getheaders():
                if nom.lower() not in PAR_SAUT | {"server", "date"}:
                    self.send_header(nom, valeur)
            self.send_header("Content-Length", str(len(corps)))
            self.end_headers()
            self.wfile.write(corps)

        def log_message(self, *arguments: object) -> None:
            """Rien à dire : un test n'a pas de journal."""

    serveur = ThreadingHTTPServer((LOCALE, 0), Relais)
    portail.port = serveur.server_port
    fil = Thread(target=serveur.serve_forever, daemon=True)
    fil.start()
    try:
        yield portail
    finally:
        serveur.shutdown()
        serveur.server_close()
        fil.join()
