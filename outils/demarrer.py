"""La démonstration, de rien à une adresse qui répond, puis jusqu'à Ctrl-C."""

import argparse
import contextlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import urlsplit

from outils import environnement, services, superviseur
from outils.boite import Boite
from outils.emplacements import JOURNAUX, RACINE, VERROUS, reserver
from outils.postgresql import PostgresqlIndisponible
from outils.valkey import ValkeyIndisponible

AIDE = """\
Emploi : bin/demarrer [--port N] [--nouvelle-demonstration] [--verifier]

Démarre Passpro et sa démonstration sur ce poste, jusqu'à Ctrl-C.

  --port N                   port de l'application (8000 par défaut)
  --nouvelle-demonstration   efface les données et en installe de neuves
  --verifier                 démarre, vérifie que l'application répond, puis arrête
  --aide                     affiche cette aide
"""
PORT_PAR_DEFAUT = 8000
DELAI_DE_REPONSE = 90
DELAI_DE_LIBERATION = 5
LIGNES_MONTREES = 15
SIGNAUX_D_ARRET = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SANS_MANDATAIRE = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class DemarrageImpossible(Exception):
    """La démonstration ne peut pas démarrer ; le texte dit pourquoi et quoi faire."""


@dataclass
class Demonstration:
    """Une démonstration sur 127.0.0.1:`port` ; `nouvelle` efface les données de la précédente."""

    port: int
    nouvelle: bool
    processus: superviseur.Superviseur = field(default_factory=superviseur.Superviseur)

    @property
    def adresse(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def demarrer(self) -> None:
        """Démarre tout, étape par étape. Lève `DemarrageImpossible`."""
        reglages = environnement.preparer(self.adresse)
        with etape("Boîte aux lettres"):
            self._ouvrir_la_boite(reglages)
        with etape("Structure de la base"):
            gerer(reglages, "migrate", "--verbosity", "0")
        with etape("Données de démonstration"):
            gerer(reglages, "installer_demonstration", *(["--recommencer"] if self.nouvelle else []))
        with etape("Application"):
            self.processus.accueillir(*superviseur.application(reglages, port=self.port))
            self._attendre_la_reponse()
        print(f"\nPasspro répond : {self.adresse}/\n", flush=True)
        gerer(reglages, "comptes_de_demonstration")

    def _ouvrir_la_boite(self, reglages: dict[str, str]) -> None:
        if not environnement.est_embarque("EMAIL_URL"):
            return
        if self.nouvelle:
            Boite(environnement.BOITE).vider()
        port = urlsplit(reglages["EMAIL_URL"]).port
        self.processus.accueillir(superviseur.boite(reglages, port=port, dossier=environnement.BOITE))

    def _attendre_la_reponse(self) -> None:
        echeance = time.monotonic() + DELAI_DE_REPONSE
        while (etat := etat_de_sante(self.adresse)) != "200":
            if time.monotonic() > echeance:
                raise DemarrageImpossible(
                    f"L'application ne répond pas comme prévu ({etat}). Fin de {JOURNAUX / 'web.log'} :\n\n"
                    + fin_du_journal("web")
                )
            self.processus.surveiller()
            time.sleep(0.2)


@contextlib.contextmanager
def etape(intitule: str) -> Iterator[None]:
    """Annonce une étape, puis le temps qu'elle a pris."""
    print(f"• {intitule}…", flush=True)
    debut = time.monotonic()
    yield
    duree = f"{time.monotonic() - debut:.1f}".replace(".", ",")
    print(f"  fait en {duree} s", flush=True)


def gerer(reglages: dict[str, str], *commande: str) -> None:
    """Lance une commande de manage.py. Lève `DemarrageImpossible` si elle échoue."""
    resultat = subprocess.run([sys.executable, RACINE / "manage.py", *commande], env=reglages, check=False)
    if resultat.returncode != 0:
        raise DemarrageImpossible(f"La commande « {commande[0]} » a échoué.")


def etat_de_sante(adresse: str) -> str:
    """Renvoie le statut HTTP de la page de santé, ou ce qui empêche de la lire."""
    try:
        with SANS_MANDATAIRE.open(f"{adresse}/sante/prete/", timeout=10) as reponse:
            return str(reponse.status)
    except urllib.error.HTTPError as erreur:
        return str(erreur.code)
    except OSError:
        return "aucune réponse"


def fin_du_journal(nom: str) -> str:
    """Renvoie les dernières lignes du journal `nom`."""
    lignes = (JOURNAUX / f"{nom}.log").read_text(errors="replace").splitlines()
    return "\n".join(lignes[-LIGNES_MONTREES:])


def exiger_un_port_libre(port: int) -> None:
    """Attend que `port` se libère. Lève `DemarrageImpossible` s'il reste pris."""
    echeance = time.monotonic() + DELAI_DE_LIBERATION
    while est_pris(port):
        if time.monotonic() > echeance:
            raise DemarrageImpossible(
                f"Le port {port} est déjà pris sur cette machine : choisissez-en un autre avec --port."
            )
        time.sleep(0.3)


def est_pris(port: int) -> bool:
    """Dit si un autre processus écoute sur `port`."""
    with socket.socket() as essai:
        essai.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            essai.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False


class LigneDeCommande(argparse.ArgumentParser):
    """Une ligne de commande dont l'aide et les refus sont en français."""

    def format_help(self) -> str:
        return AIDE

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"Cette commande n'est pas comprise.\n\n{AIDE}")


def lire_les_options() -> argparse.Namespace:
    """Lit la ligne de commande ; sort en montrant l'aide si elle n'est pas comprise."""
    options = LigneDeCommande(add_help=False, allow_abbrev=False)
    options.add_argument("--port", type=int, default=PORT_PAR_DEFAUT)
    options.add_argument("--nouvelle-demonstration", action="store_true")
    options.add_argument("--verifier", action="store_true")
    options.add_argument("-h", "--aide", "--help", action="help")
    return options.parse_args()


def sortir_sur_signal() -> None:
    """Fait de SIGTERM et de la fermeture du terminal un arrêt aussi propre que Ctrl-C."""
    for ordre in SIGNAUX_D_ARRET:
        signal.signal(ordre, signal.default_int_handler)


def ne_plus_s_interrompre() -> None:
    """Mène l'arrêt à son terme, même si le signal est répété."""
    for ordre in SIGNAUX_D_ARRET:
        signal.signal(ordre, signal.SIG_IGN)


def main() -> int:
    """Démarre la démonstration, y veille jusqu'à Ctrl-C, et renvoie le code de sortie."""
    options = lire_les_options()
    if reserver(VERROUS / "demarrer") is None:
        print("Passpro est déjà en marche sur ce poste.", file=sys.stderr)
        return 1
    sortir_sur_signal()
    try:
        demonstration = Demonstration(options.port, nouvelle=options.nouvelle_demonstration)
        tenir(demonstration, seulement_verifier=options.verifier)
    except (DemarrageImpossible, PostgresqlIndisponible, ValkeyIndisponible) as erreur:
        print(f"\n{erreur}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Passpro est arrêté.")
    return 0


def tenir(demonstration: Demonstration, *, seulement_verifier: bool) -> None:
    """Démarre la démonstration et y veille ; quoi qu'il arrive, arrête à la fin ce qui a été démarré."""
    exiger_un_port_libre(demonstration.port)
    with contextlib.ExitStack() as fin:
        with etape("Base de données et courtier"):
            fin.enter_context(services.ouverts())
        fin.callback(demonstration.processus.arreter)
        fin.callback(ne_plus_s_interrompre)
        demonstration.demarrer()
        if seulement_verifier:
            print("La vérification a réussi.")
            return
        print("\nCtrl-C pour arrêter. Journaux : .run/journaux/", flush=True)
        demonstration.processus.veiller()


if __name__ == "__main__":
    sys.exit(main())
