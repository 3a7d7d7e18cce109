"""Un fournisseur OpenID Connect d'essai, sur cette machine : il vérifie PKCE, signe ce qu'il rend, et sait mentir."""

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from comptes.federation.reglages import PORTEES_DE_PROCONNECT, ReglagesOidc

LOCALE = "127.0.0.1"
CLIENT, SECRET = "passpro", "secret-du-client"
PERSONNE = {
    "sub": "0f0c7b4e",
    "email": "claire.petit@ac-creteil.example",
    "given_name": "Claire",
    "usual_name": "Petit",
    "uid": "cpetit",
    "siret": "13002526500013",
    "idp_id": "idp-de-l-academie",
}
CLE = RSAKey.generate_key(2048, parameters={"kid": "du-fournisseur", "use": "sig", "alg": "RS256"})
FAUSSE_CLE = RSAKey.generate_key(2048, parameters={"kid": "du-fournisseur", "use": "sig", "alg": "RS256"})


@dataclass
class Fournisseur:
    """Ce qu'il dit de la personne, et ce qu'il fausse : jeton, informations, clés, algorithme.

    Sa session est ouverte depuis une heure : il ne redemande qui l'on est que si `max_age` ou `prompt` l'exige.
    """

    port: int = 0
    personne: dict[str, Any] = field(default_factory=lambda: dict(PERSONNE))
    du_jeton: dict[str, Any] = field(default_factory=dict)
    des_informations: dict[str, Any] = field(default_factory=dict)
    cle: Any = field(default_factory=lambda: CLE)
    cle_des_informations: Any = field(default_factory=lambda: CLE)
    algorithme: str = "RS256"
    informations_signees: bool = True
    muet: bool = False
    demandes: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    jetons: set[str] = field(default_factory=set)

    @property
    def emetteur(self) -> str:
        return f"http://{LOCALE}:{self.port}"

    def reglages(self, **champs: Any) -> ReglagesOidc:
        base = self.emetteur
        defauts = {
            "nom": "ProConnect",
            "emetteur": base,
            "client": CLIENT,
            "secret": SECRET,
            "autorisation": f"{base}/autoriser",
            "jeton": f"{base}/jeton",
            "identite": f"{base}/identite",
            "cles": f"{base}/cles",
            "fin": f"{base}/fin",
            "portees": PORTEES_DE_PROCONNECT,
            "identite_signee": True,
        }
        return ReglagesOidc(**(defauts | champs))

    def autoriser(self, demande: dict[str, str]) -> str:
        """Adresse de retour, avec un code qui ne sert qu'une fois."""
        self.demandes.append(demande)
        code = secrets.token_urlsafe(16)
        self.codes[code] = demande
        return f"{demande['redirect_uri']}?{urlencode({'code': code, 'state': demande['state']})}"

    def echanger(self, envoi: dict[str, str]) -> dict[str, Any] | None:
        """Le jeton d'un code ; `None` si le code a servi, ou si l'un des secrets n'est pas le bon."""
        demande = self.codes.pop(envoi.get("code", ""), None)
        if demande is None or (envoi.get("client_id"), envoi.get("client_secret")) != (CLIENT, SECRET):
            return None
        defi = hashlib.sha256(envoi.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(defi).decode().rstrip("=") != demande.get("code_challenge"):
            return None
        if envoi.get("redirect_uri") != demande["redirect_uri"]:
            return None
        acces = secrets.token_urlsafe(16)
        self.jetons.add(acces)
        maintenant = int(time())
        dit = {"iss": self.emetteur, "aud": CLIENT, "sub": self.personne["sub"], "nonce": demande["nonce"]}
        if "max_age" in demande:
            dit["auth_time"] = maintenant if demande.get("prompt") == "login" else maintenant - 3600
        jeton = self.signer(dit | {"iat": maintenant, "exp": maintenant + 300} | self.du_jeton, self.cle)
        return {"access_token": acces, "token_type": "Bearer", "id_token": jeton}

    def signer(self, dit: dict[str, Any], cle: Any) -> str:
        if self.algorithme == "HS256":
            cle = OctKey.import_key(SECRET * 3)
        retenu = {nom: valeur for nom, valeur in dit.items() if valeur is not None}
        if self.algorithme == "none":
            morceaux = ({"alg": "none", "kid": "du-fournisseur"}, retenu)
            en_clair = (base64.urlsafe_b64encode(json.dumps(m).encode()).decode().rstrip("=") for m in morceaux)
            return ".".join([*en_clair, ""])
        return jwt.encode({"alg": self.algorithme, "kid": "du-fournisseur"}, retenu, cle, algorithms=[self.algorithme])

    def informations(self) -> tuple[str, str]:
        """Type et corps des informations de la personne."""
        if not self.informations_signees:
            return "application/json", json.dumps(self.personne | self.des_informations)
        dit = {"iss": self.emetteur, "aud": CLIENT} | self.personne | self.des_informations
        return "application/jwt", self.signer(dit, self.cle_des_informations)

    def lire(self, chemin: str, demande: dict[str, str], acces: str) -> "Reponse":
        """Ce que répond une lecture."""
        if chemin == "/autoriser":
            return 302, "text/plain", "", {"Location": self.autoriser(demande)}
        if chemin == "/cles":
            return 200, "application/json", json.dumps({"keys": [CLE.as_dict(private=False)]}), {}
        if chemin == "/identite" and acces in self.jetons:
            return 200, *self.informations(), {}
        return (200, "text/html", "<title>Au revoir</title>", {}) if chemin == "/fin" else (401, "text/plain", "", {})

    def recevoir(self, envoi: dict[str, str]) -> "Reponse":
        """Ce que répond l'échange d'un code."""
        if self.muet:
            return 200, "text/html", "<title>En panne</title>", {}
        rendu = self.echanger(envoi)
        return 200 if rendu else 400, "application/json", json.dumps(rendu or {"error": "invalid_grant"}), {}


Reponse = tuple[int, str, str, dict[str, str]]


def _champs(texte: str) -> dict[str, str]:
    return {nom: valeurs[0] for nom, valeurs in parse_qs(texte).items()}


@contextmanager
def fournisseur_ouvert() -> Iterator[Fournisseur]:
    fournisseur = Fournisseur()

    class Guichet(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            lue = urlsplit(self.path)
            acces = self.headers.get("Authorization", "").removeprefix("Bearer ")
            self._repondre(*fournisseur.lire(lue.path, _champs(lue.query), acces))

        def do_POST(self) -> None:
            corps = self.rfile.read(int(self.headers["Content-Length"]))
            self._repondre(*fournisseur.recevoir(_champs(corps.decode())))

        def _repondre(self, statut: int, nature: str, corps: str, entetes: dict[str, str]) -> None:
            octets = corps.encode()
            self.send_response(statut)
            for nom, valeur in {"Content-Type": nature, "Content-Length": str(len(octets)), **entetes}.items():
                self.send_header(nom, valeur)
            self.end_headers()
            self.wfile.write(octets)

        def log_message(self, *arguments: object) -> None:
            """Rien à dire : un test n'a pas de journal."""

    serveur = ThreadingHTTPServer((LOCALE, 0), Guichet)
    fournisseur.port = serveur.server_port
    fil = Thread(target=serveur.serve_forever, daemon=True)
    fil.start()
    try:
        yield fournisseur
    finally:
        serveur.shutdown()
        serveur.server_close()
        fil.join()
