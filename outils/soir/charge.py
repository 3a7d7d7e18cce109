"""La charge : chacun arrive à son heure, servi ou non, et l'attente se compte depuis cette heure."""

import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from threading import Lock

from outils.soir.arrivees import Arrivee, Genre
from outils.soir.feuilles import exiger, lignes_de_la_classe
from outils.soir.livre import Fait, Livre
from outils.soir.monde import Monde, Page
from outils.soir.navigateur import Inattendu, Navigateur

# Qui n'est pas reçu après tant de secondes s'en va : son attente compte, sa demande n'est pas faite.
PATIENCE = 60.0
ATTENTE = 202
# Une page d’attente se relit d’elle-même (static/js/document.js).
PAUSE = 1.0
A_L_ECHAUFFEMENT = 8
PDF = "application/pdf"


@dataclass
class Mesures:
    """Les attentes, en secondes, par genre et par page ; ce qui n'aurait pas dû arriver."""

    attentes: dict[Genre, list[float]] = field(default_factory=lambda: defaultdict(list))
    par_page: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    en_main: list[float] = field(default_factory=list)
    fautes: Counter[str] = field(default_factory=Counter)
    exemples: list[str] = field(default_factory=list)
    parties: int = 0
    sans_document: int = 0
    coupures: int = 0
    sus: int = 0
    duree: float = 0.0
    _verrou: Lock = field(default_factory=Lock, repr=False)

    def noter(self, genre: Genre, nom: str, attente: float) -> None:
        with self._verrou:
            self.attentes[genre].append(attente)
            self.par_page[nom].append(attente)

    def partir(self, *, sans_document: bool = False) -> None:
        """Quelqu'un s'en va : sans avoir été reçu, ou sans le document qu'il attendait."""
        with self._verrou:
            self.parties += not sans_document
            self.sans_document += sans_document

    def fauter(self, quoi: str, exemple: str) -> None:
        with self._verrou:
            self.fautes[quoi] += 1
            if len(self.exemples) < 20:
                self.exemples.append(exemple)

    @property
    def servies(self) -> int:
        return sum(map(len, self.attentes.values()))


def quantile(attentes: Iterable[float], part: float) -> float:
    rangees = sorted(attentes)
    return rangees[min(len(rangees) - 1, math.ceil(part * len(rangees)) - 1)] if rangees else 0.0


@dataclass
class Charge:
    """Fait arriver tout le monde sur `port`, et tient le livre de ce que chacun a su enregistré."""

    port: int
    monde: Monde
    livre: Livre
    patience: float = PATIENCE
    mesures: Mesures = field(default_factory=Mesures)
    commencees: int = 0
    close: bool = False
    _verrou: Lock = field(default_factory=Lock, repr=False)

    def echauffer(self) -> None:
        """Chacun ouvre une page : son navigateur retient le jeton des formulaires, et le serveur a tout chargé."""
        navigateur = Navigateur(self.port, self.patience)

        def ouvrir(page: Page) -> None:
            exiger(navigateur.lire(page.chemin, page.qui), {200}, page.chemin)

        with ThreadPoolExecutor(A_L_ECHAUFFEMENT) as equipe:
            list(equipe.map(ouvrir, self.monde.premieres_pages()))

    def passer(self, arrivees: Iterable[Arrivee], *, fils: int, entre_temps: Callable[[], None] = lambda: None) -> None:
        """Reçoit toutes les arrivées, par `fils` navigateurs ; `entre_temps` est appelé pendant qu'elles se suivent."""
        suite, depart = iter(arrivees), time.monotonic()
        with ThreadPoolExecutor(fils) as equipe:
            faites = [equipe.submit(self._recevoir, suite, depart) for _ in range(fils)]
            try:
                while not all(faite.done() for faite in faites):
                    entre_temps()
                    time.sleep(0.1)
            finally:
                # Interrompue, la charge n'attend que les demandes en cours.
                self.close = True
        for faite in faites:
            faite.result()
        self.mesures.duree = time.monotonic() - depart

    def _recevoir(self, suite: Iterator[Arrivee], depart: float) -> None:
        navigateur = Navigateur(self.port, self.patience)
        while arrivee := self._suivante(suite):
            depuis = depart + arrivee.a
            time.sleep(max(0.0, depuis - time.monotonic()))
            if self.close:
                return
            with self._verrou:
                self.commencees += 1
            if time.monotonic() - depuis > self.patience:
                self.mesures.partir()
                self.mesures.noter(arrivee.genre, "partie sans attendre", time.monotonic() - depuis)
            else:
                self._servir(navigateur, arrivee, depuis)
        with self._verrou:
            self.mesures.coupures += navigateur.coupures

    def _suivante(self, suite: Iterator[Arrivee]) -> Arrivee | None:
        with self._verrou:
            return None if self.close else next(suite, None)

    def _servir(self, navigateur: Navigateur, arrivee: Arrivee, depuis: float) -> None:
        hasard = Random(arrivee.graine)  # noqa: S311 - un tirage qui doit pouvoir se refaire
        try:
            match arrivee.genre:
                case Genre.LECTURE:
                    self._lire(navigateur, self.monde.une_page(hasard), depuis)
                case Genre.ENREGISTREMENT:
                    self._enregistrer(navigateur, hasard, arrivee.rang, depuis)
                case Genre.DOCUMENT:
                    self._emporter(navigateur, self.monde.un_document(hasard), depuis)
        except Inattendu as refus:
            self.mesures.fauter(arrivee.genre, str(refus))

    def _lire(self, navigateur: Navigateur, page: Page, depuis: float) -> None:
        lue = exiger(navigateur.lire(page.chemin, page.qui), {200}, page.chemin)
        self._noter(Genre.LECTURE, page.nom, depuis)
        if page.se_saisit:
            self.monde.prendre_les_lignes(lignes_de_la_classe(lue, page.chemin, page.qui))

    def _enregistrer(self, navigateur: Navigateur, hasard: Random, rang: int, depuis: float) -> None:
        """Une page qu'il faut d'abord ouvrir est une lecture ; l'enregistrement attend depuis qu'elle est là."""
        feuille = self.monde.prendre(navigateur, hasard)
        try:
            if feuille.ouvrir(navigateur):
                depuis = self._noter(Genre.LECTURE, f"à remplir : {feuille.nature}", depuis)
            fait = feuille.enregistrer(navigateur, rang)
            self._noter(Genre.ENREGISTREMENT, f"enregistrer : {fait.quoi}", depuis)
            self._inscrire(fait)
        except Inattendu:
            self.livre.inscrire(feuille.tente(rang))
            raise
        finally:
            self.monde.rendre(feuille)

    def _inscrire(self, fait: Fait) -> None:
        self.livre.inscrire(fait)
        with self._verrou:
            self.mesures.sus += 1

    def _emporter(self, navigateur: Navigateur, page: Page, depuis: float) -> None:
        """Note la première réponse, document ou page d'attente ; une page d'attente est relue jusqu'au document."""
        reponse = navigateur.lire(page.chemin, page.qui)
        self._noter(Genre.DOCUMENT, f"document : {page.nom}", depuis)
        while exiger(reponse, {200, ATTENTE}, page.chemin).statut == ATTENTE:
            if time.monotonic() - depuis > self.patience:
                self.mesures.partir(sans_document=True)
                return
            time.sleep(PAUSE)
            reponse = navigateur.lire(page.chemin, page.qui)
        if not reponse.nature.startswith(PDF):
            raise Inattendu(f"{page.chemin} : pas un document")
        self.mesures.en_main.append(time.monotonic() - depuis)

    def _noter(self, genre: Genre, nom: str, depuis: float) -> float:
        """Rend l'instant de la fin."""
        fin = time.monotonic()
        self.mesures.noter(genre, nom, fin - depuis)
        return fin
