"""Le déroulement d'un soir : poser, lancer, faire arriver, tuer et remplacer, puis confronter le livre à la base."""

import http.client
import json
import os
import resource
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from outils.environnement import port_libre
from outils.epreuve.machine import Machine, machine_ouverte
from outils.epreuve.relais import Relais, relais_ouvert
from outils.processus import enfants_de
from outils.soir.arrivees import arrivees
from outils.soir.charge import Charge, Mesures
from outils.soir.livre import Livre
from outils.soir.monde import Monde
from outils.soir.navigateur import LOCALE
from outils.soir.processeur import Compteur
from outils.superviseur import PYTHON, Enfant

PRET_AU_PLUS = 120.0
COURRIELS_AU_PLUS = 300.0
# Le mandataire n'adresse plus rien à un groupe depuis ce temps quand on lui demande de s'arrêter.
RETRAIT = 1.0
CADENCE = 0.1
RELEVE = 1.0
PROCESSUS_WEB = 3
COURRIELS_PAR_SECONDE = 1.0
# Le temps que tout soit lancé.
MISE_EN_ROUTE = 30.0
LA_CHARGE = "la charge elle-même"


@dataclass(frozen=True)
class Reglages:
    """La taille d'un soir et sa chance ; `installer` remplit la base."""

    debit: float
    duree: float
    groupes: int
    graine: int
    dossier: Path
    installer: Callable[[Machine], None]
    fils: int = 64


@dataclass(frozen=True)
class Bilan:
    """Ce qu'un soir a montré ; `processeur` en secondes par genre de processus, sur `mesures.duree`."""

    demandees: int
    mesures: Mesures
    confrontation: dict[str, Any]
    recus: Counter[str]
    processeur: dict[str, float]
    arrets: list[str]
    ateliers_tues: int

    @property
    def perdus(self) -> list[str]:
        """Courriels dits partis que le relais n'a pas."""
        partis = [message for message, etat in self.confrontation["courriels"].items() if etat == "envoye"]
        return [message for message in partis if not self.recus[message]]

    @property
    def en_attente(self) -> int:
        return sum(etat != "envoye" for etat in self.confrontation["courriels"].values())

    @property
    def doubles(self) -> int:
        return sum(nombre - 1 for nombre in self.recus.values())

    @property
    def fautes(self) -> list[str]:
        """Ce qui ne devait pas arriver ; rien si l'épreuve est réussie."""
        trop = self.doubles - self.ateliers_tues
        return [
            *(f"manque : {manque}" for manque in self.confrontation["manquent"]),
            *(f"réponse inattendue : {exemple}" for exemple in self.mesures.exemples),
            *([f"{self.mesures.parties} visiteurs partis sans attendre"] if self.mesures.parties else []),
            *([f"{self.mesures.sans_document} partis sans leur document"] if self.mesures.sans_document else []),
            *(f"courriel perdu : {message}" for message in self.perdus),
            *([f"{self.en_attente} courriels pas partis"] if self.en_attente else []),
            *([f"{trop} courriels doublés de plus que d’ateliers tués"] if trop > 0 else []),
            *self.confrontation["ecarts"],
        ]


def passer_le_soir(voulu: Reglages, dire: Callable[[str], None]) -> Bilan:
    """Passe le soir entier et rend ce qu'il a montré."""
    hasard = Random(voulu.graine)  # noqa: S311 - un tirage qui doit pouvoir se refaire
    with (
        relais_ouvert(hasard, calage=0.0) as relais,
        machine_ouverte(
            voulu.dossier,
            hasard,
            port_du_relais=relais.port,
            reglages="passpro.settings",
            exemplaires=voulu.groupes,
            processus_web=PROCESSUS_WEB,
        ) as machine,
    ):
        relais.sage = True
        voulu.installer(machine)
        duree = voulu.duree + MISE_EN_ROUTE
        courriels = str(round(voulu.duree * COURRIELS_PAR_SECONDE))
        monde = Monde.lire(machine.demander("soir.scene", "--courriels", courriels, "--pendant", str(duree)))
        dire(f"{len(monde.visiteurs)} personnes connectées")
        machine.lancer()
        soiree = Soiree(voulu, machine, relais, dire)
        try:
            return soiree.passer(monde)
        finally:
            soiree.fermer()


@dataclass
class Soiree:
    """Les groupes derrière leur mandataire, ce qui leur arrive, et le processeur de chacun."""

    voulu: Reglages
    machine: Machine
    relais: Relais
    dire: Callable[[str], None]
    compteur: Compteur = field(default_factory=Compteur)
    arrets: list[str] = field(default_factory=list)
    repartiteur: Enfant | None = None
    ateliers_tues: int = 0
    _releve_a: float = 0.0

    def passer(self, monde: Monde) -> Bilan:
        livre = Livre(self.voulu.dossier / "livre.jsonl")
        charge = Charge(self._ouvrir(), monde, livre)
        charge.echauffer()
        suite = list(arrivees(debit=self.voulu.debit, duree=self.voulu.duree, graine=self.voulu.graine))
        self.dire(f"{len(suite)} arrivées en {self.voulu.duree:.0f} s")
        self.compteur.partir(self._racines())
        soi = resource.getrusage(resource.RUSAGE_SELF)
        troubles = [(round(part * len(suite)), nom, geste) for part, nom, geste in self._troubles()]

        def entre_temps() -> None:
            self._veiller()
            if troubles and charge.commencees >= troubles[0][0]:
                _, nom, geste = troubles.pop(0)
                self.dire(nom)
                self.arrets.append(nom)
                geste()

        charge.passer(suite, fils=self.voulu.fils, entre_temps=entre_temps)
        livre.fermer()
        self.compteur.relever(self._racines())
        fin = resource.getrusage(resource.RUSAGE_SELF)
        depense = fin.ru_utime + fin.ru_stime - soi.ru_utime - soi.ru_stime
        processeur = self.compteur.totaux() | {LA_CHARGE: depense}
        self.dire(f"{charge.mesures.servies} demandes servies ; les courriels finissent de partir")
        self._attendre(lambda: not self.machine.ce_qui_attend(), COURRIELS_AU_PLUS)
        return Bilan(
            len(suite),
            charge.mesures,
            self.machine.demander("soir.confrontation", os.fspath(self.voulu.dossier / "livre.jsonl")),
            Counter(recu.message for recu in self.relais.recus),
            processeur,
            self.arrets,
            self.ateliers_tues,
        )

    def fermer(self) -> None:
        if self.repartiteur is not None:
            self.repartiteur.arreter()

    # Les groupes

    def _ouvrir(self) -> int:
        """Attend que chaque groupe serve, et rend le port où l'on vient : le sien s'il est seul, ou le mandataire."""
        for port in self.machine.ports:
            self._attendre(lambda port=port: _est_pret(port), PRET_AU_PLUS)
        if self.voulu.groupes == 1:
            return self.machine.ports[0]
        self._adresser(list(self.machine.ports))
        port = port_libre()
        commande = [PYTHON, "-m", "outils.epreuve.repartiteur", "--port", str(port), "--groupes", self._liste]
        self.repartiteur = Enfant("epreuve-repartiteur", commande, self.machine.environnement)
        self.repartiteur.demarrer()
        self._attendre(lambda: _est_pret(port), PRET_AU_PLUS)
        return port

    @property
    def _liste(self) -> Path:
        return self.voulu.dossier / "groupes.json"

    def _adresser(self, ports: list[int]) -> None:
        """Dit au mandataire quels groupes servent."""
        ebauche = self._liste.with_suffix(".ebauche")
        ebauche.write_text(json.dumps(ports))
        ebauche.replace(self._liste)
        if self.repartiteur is not None and self.repartiteur.numero:
            os.kill(self.repartiteur.numero, signal.SIGHUP)

    # Les troubles

    def _troubles(self) -> list[tuple[float, str, Callable[[], None]]]:
        """Ce qui arrive, et à quelle part des arrivées."""
        if self.voulu.groupes == 1:
            return [(0.5, "un processus web tué net", self._tuer_un_processus)]
        return [
            (0.2, "un groupe web s’arrête et revient", self._remplacer_le_web),
            (0.4, "un groupe d’ateliers s’arrête et revient", self._remplacer_l_atelier),
            (0.6, "un groupe web tué net", self._tuer_le_web),
            (0.8, "un groupe d’ateliers tué net", self._tuer_l_atelier),
        ]

    def _tuer_un_processus(self) -> None:
        [web] = self.machine.enfants["web"]
        os.kill(enfants_de(web.numero)[0], signal.SIGKILL)

    def _remplacer_le_web(self) -> None:
        """Le mandataire l'oublie, il finit ce qu'il a commencé, un neuf prend sa place quand il est prêt."""
        web, *autres = self.machine.ports
        self._adresser(autres)
        self._attendre(lambda: False, RETRAIT)
        self._arreter_et_relancer(self.machine.enfants["web"][0])
        self._attendre(lambda: _est_pret(web), PRET_AU_PLUS)
        self._adresser([web, *autres])

    def _remplacer_l_atelier(self) -> None:
        self._arreter_et_relancer(self.machine.enfants["atelier"][0])

    def _arreter_et_relancer(self, enfant: Enfant) -> None:
        enfant.arreter()
        enfant.demarrer()

    def _tuer_le_web(self) -> None:
        self.machine.enfants["web"][-1].abattre()

    def _tuer_l_atelier(self) -> None:
        self.ateliers_tues += 1
        self.machine.enfants["atelier"][-1].abattre()

    # Veiller

    def _veiller(self) -> None:
        """Relance ce qui est mort, et relève le processeur une fois par seconde."""
        self.machine.surveiller()
        if time.monotonic() - self._releve_a > RELEVE:
            self._releve_a = time.monotonic()
            self.compteur.relever(self._racines())

    def _attendre(self, condition: Callable[[], bool], au_plus: float) -> None:
        limite = time.monotonic() + au_plus
        while not condition() and time.monotonic() < limite:
            self._veiller()
            time.sleep(CADENCE)

    def _racines(self) -> dict[int, str]:
        mandataire = {self.repartiteur.numero: "mandataire"} if self.repartiteur else {}
        return self.machine.racines | mandataire


def _est_pret(port: int) -> bool:
    connexion = http.client.HTTPConnection(LOCALE, port, timeout=30)
    try:
        connexion.request("GET", "/sante/prete/")
        return connexion.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connexion.close()
