"""Un navigateur réduit à ce qui coûte au serveur : il tient les témoins, lit les pages et envoie les saisies."""

import http.client
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode

LOCALE = "127.0.0.1"
REPIT = 0.2
JETON = re.compile(r"csrftoken=([^;]+)")
CHAMP = re.compile(r"<input\b[^>]*>")
ATTRIBUT = re.compile(r'\b(name|value|type)="([^"]*)"')
OPTION = re.compile(r'<select name="classe".*?<option value="([^"]*)"', re.DOTALL)


class Inattendu(Exception):
    """Une réponse que personne n'attendait ; le texte la dit."""


@dataclass
class Visiteur:
    """Une personne connectée, et le jeton de formulaire que son navigateur retient ; personne, sans session."""

    session: str = ""
    jeton: str = ""

    @property
    def temoins(self) -> str:
        return f"sessionid={self.session}; csrftoken={self.jeton}" if self.session else ""


@dataclass(frozen=True, slots=True)
class Reponse:
    statut: int
    corps: bytes
    lieu: str
    nature: str

    @property
    def texte(self) -> str:
        return self.corps.decode()

    def champs(self) -> dict[str, str]:
        """Le premier champ de chaque nom : les jetons cachés, et le premier choix de chaque question."""
        trouves: dict[str, str] = {}
        for nom, valeur in self._tous_les_champs():
            trouves.setdefault(nom, valeur)
        return trouves

    def premiere_classe(self) -> str:
        trouvee = OPTION.search(self.texte)
        return unescape(trouvee[1]) if trouvee else ""

    def _tous_les_champs(self) -> Iterator[tuple[str, str]]:
        for balise in CHAMP.findall(self.texte):
            attributs = dict(ATTRIBUT.findall(balise))
            if "name" in attributs:
                yield attributs["name"], unescape(attributs.get("value", ""))


@dataclass
class Navigateur:
    """Une connexion par demande, comme derrière un mandataire ; une demande coupée est refaite."""

    port: int
    delai: float
    coupures: int = field(default=0, init=False)

    def lire(self, chemin: str, qui: Visiteur) -> Reponse:
        return self._insister("GET", chemin, qui, None)

    def envoyer(self, chemin: str, qui: Visiteur, saisie: Mapping[str, str]) -> Reponse:
        return self._insister("POST", chemin, qui, urlencode(saisie))

    def _insister(self, verbe: str, chemin: str, qui: Visiteur, envoi: str | None) -> Reponse:
        """Recommence tant qu'aucune réponse entière ne vient. Lève `Inattendu` si le serveur n'en donne pas à temps."""
        echeance = time.monotonic() + self.delai
        while True:
            try:
                return self._demander(verbe, chemin, qui, envoi)
            except (OSError, http.client.HTTPException) as coupure:
                self.coupures += 1
                if time.monotonic() > echeance:
                    raise Inattendu(f"{verbe} {chemin} : sans réponse ({type(coupure).__name__})") from coupure
                time.sleep(REPIT)

    def _demander(self, verbe: str, chemin: str, qui: Visiteur, envoi: str | None) -> Reponse:
        connexion = http.client.HTTPConnection(LOCALE, self.port, timeout=self.delai)
        entetes = {"Accept": "text/html", "Cookie": qui.temoins, "Connection": "close"}
        if envoi is not None:
            entetes["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connexion.request(verbe, chemin, envoi, entetes)
            recue = connexion.getresponse()
            corps = recue.read()
        finally:
            connexion.close()
        if trouve := JETON.search(recue.getheader("Set-Cookie") or ""):
            qui.jeton = trouve[1]
        return Reponse(recue.status, corps, recue.getheader("Location") or "", recue.getheader("Content-Type") or "")
