"""Le déroulement de l'épreuve : poser, lancer, confirmer, tuer, attendre, corriger, relire."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from outils.epreuve.clients import Clients, Geste, envoyer
from outils.epreuve.machine import GENRES, Machine, machine_ouverte
from outils.epreuve.relais import Relais, relais_ouvert
from outils.epreuve.scene import COLLEGES_PAR_LOT
from outils.epreuve.verdict import Verdict, juger

CADENCE = 0.2
CLIENTS = 4
# Les arrêts se répartissent sur cette part des messages attendus ; la fin reste à observer.
PART_TROUBLEE = 0.95
SANS_PROGRES = 30.0
ABANDON = 900.0


class EpreuveBloquee(Exception):
    """L'épreuve n'avance plus ; le texte dit où elle en est."""


@dataclass(frozen=True)
class Reglages:
    """La taille d'une épreuve et sa chance ; `installer` remplit la structure de la base."""

    taille: int
    arrets: int
    par_lot: int
    graine: int
    dossier: Path
    installer: Callable[[Machine], None]
    reglages: str = "passpro.settings"
    calage: float = 25.0
    changements_pendant: float = 120.0
    exemplaires: int = 2


@dataclass(frozen=True)
class Bilan:
    """Ce que l'épreuve a montré ; durées en secondes."""

    verdict: Verdict
    arrets: Counter[str]
    caprices: Counter[str]
    reponses: Counter[str]
    duree: float
    apres_le_dernier_arret: float
    corrigees: int

    @property
    def fautes(self) -> list[str]:
        return self.verdict.fautes(
            arrets=self.arrets.total(),
            coupures=self.caprices["prend et coupe"] + self.caprices["cale"],
        )


def eprouver(voulu: Reglages, dire: Callable[[str], None]) -> Bilan:
    """Passe l'épreuve et rend ce qu'elle a montré. Lève `EpreuveBloquee` si rien n'avance plus."""
    hasard = Random(voulu.graine)  # noqa: S311 - un tirage qui doit pouvoir se refaire
    with (
        relais_ouvert(hasard, calage=voulu.calage) as relais,
        machine_ouverte(
            voulu.dossier, hasard, port_du_relais=relais.port, reglages=voulu.reglages, exemplaires=voulu.exemplaires
        ) as machine,
    ):
        voulu.installer(machine)
        lots = machine.demander("epreuve.scene", "--taille", str(voulu.taille), "--par-lot", str(voulu.par_lot))
        dire(f"{voulu.taille} entretiens planifiés, {len(lots)} lots à confirmer")
        machine.lancer()
        clients = Clients(machine.ports, hasard)
        clients.prevoir(lots, duree=voulu.changements_pendant)
        debut = time.monotonic()
        clients.ouvrir(CLIENTS)
        try:
            dernier = Tourmente(voulu, hasard, machine, relais, clients, dire).passer()
        finally:
            clients.fermer()
        apres = max((recu.a for recu in relais.recus), default=dernier) - dernier
        duree = time.monotonic() - debut
        corrigees = _corriger(machine, relais, lots)
        verdict = juger(machine.demander("epreuve.registre"), relais.recus)
        return Bilan(
            verdict, Counter(machine.arrets), relais.caprices, clients.reponses, duree, max(0.0, apres), corrigees
        )


@dataclass
class Tourmente:
    """Les arrêts forcés, répartis au hasard sur les messages reçus, puis l'attente de tout ce qui doit partir."""

    voulu: Reglages
    hasard: Random
    machine: Machine
    relais: Relais
    clients: Clients
    dire: Callable[[str], None]

    def passer(self) -> float:
        """Rend l'instant du dernier arrêt."""
        attendus = self._messages_attendus()
        seuils = sorted(self.hasard.randrange(int(attendus * PART_TROUBLEE)) for _ in range(self.voulu.arrets))
        genres = [GENRES[n % len(GENRES)] for n in range(self.voulu.arrets)]
        self.hasard.shuffle(genres)
        dernier = time.monotonic()
        for seuil, genre in zip(seuils, genres, strict=True):
            self._attendre_d_en_etre_a(seuil)
            self.dire(f"{len(self.relais.recus)} messages reçus : kill -9, {genre}")
            self.machine.tuer(genre)
            dernier = time.monotonic()
            self.machine.surveiller()
        self._attendre_la_fin()
        return dernier

    def _messages_attendus(self) -> int:
        """Deux adresses par groupe d'un même collège dans un lot, et une nouvelle par entretien annulé ou déplacé."""
        lots = self.voulu.taille // self.voulu.par_lot
        return max(self.voulu.arrets, 2 * COLLEGES_PAR_LOT * lots + self.clients.changements)

    def _attendre_d_en_etre_a(self, seuil: int) -> None:
        """Attend `seuil` messages, ou que rien n'avance depuis un moment."""
        vu, depuis = len(self.relais.recus), time.monotonic()
        while len(self.relais.recus) < seuil and time.monotonic() - depuis < SANS_PROGRES:
            self.machine.surveiller()
            time.sleep(CADENCE)
            if len(self.relais.recus) > vu:
                vu, depuis = len(self.relais.recus), time.monotonic()

    def _attendre_la_fin(self) -> None:
        """Attend que chaque geste ait sa réponse et que tout soit parti."""
        vu, depuis = len(self.relais.recus), time.monotonic()
        while self.clients.en_cours or self.machine.ce_qui_attend():
            self.machine.surveiller()
            time.sleep(CADENCE)
            if len(self.relais.recus) > vu:
                vu, depuis = len(self.relais.recus), time.monotonic()
            elif time.monotonic() - depuis > ABANDON:
                raise EpreuveBloquee(f"{self.clients.en_cours} gestes sans réponse, {vu} messages reçus.")


def _corriger(machine: Machine, relais: Relais, lots: list[dict[str, Any]]) -> int:
    """Assagit le relais et renvoie, par la page de l'envoi, ce que leur messagerie avait refusé pour de bon."""
    relais.sage = True
    registre = machine.demander("epreuve.registre")
    sessions = {lot["uai"]: lot["session"] for lot in lots}
    convocations = {convocation["id"]: convocation for convocation in registre["convocations"]}
    refuses = [lu for lu in registre["courriels"] if lu["etat"] == "abandonne" and lu["convocations"]]
    for courriel in refuses:
        lue = convocations[courriel["convocations"][0]]
        uai = lue["envoi__etablissement__uai"].lower()
        saisie = {"courriel": str(courriel["cle"]), "destinataire": courriel["destinataire"]}
        chemin = f"/accueil/{uai}/convocations/envois/{lue['envoi__code']}/renvoyer/"
        envoyer(machine.ports[0], Geste(0, 0, chemin, saisie, sessions[uai]))
    echeance = time.monotonic() + ABANDON
    while machine.ce_qui_attend() and time.monotonic() < echeance:
        machine.surveiller()
        time.sleep(CADENCE)
    return len(refuses)
