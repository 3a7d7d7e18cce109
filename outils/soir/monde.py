"""Qui vient ce soir-là, et sur quoi chacun travaille."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from threading import Lock
from typing import Any
from urllib.parse import quote

from outils.soir.feuilles import CompteRendu, Feuille, Inscription, LigneDAvis, lignes_de_la_classe
from outils.soir.navigateur import Navigateur, Visiteur

PUBLIC = Visiteur()


@dataclass
class Lieu:
    """Un établissement, les personnes qui y travaillent, et ce qu'elles ouvrent."""

    uai: str
    visiteurs: list[Visiteur]
    classes: list[str] = field(default_factory=list)
    noms: list[str] = field(default_factory=list)
    eleves: list[str] = field(default_factory=list)
    fiches: list[str] = field(default_factory=list)
    comptes_rendus: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """Une page à lire : son nom dans les mesures, son adresse, qui l'ouvre ; `se_saisit` si ce sont des avis."""

    nom: str
    chemin: str
    qui: Visiteur
    se_saisit: bool = False


Tirage = Callable[[Random], Page]


@dataclass
class Monde:
    """Les établissements d'un soir, les feuilles en cours, et le tirage de ce que fait chaque arrivée."""

    origines: list[Lieu]
    accueils: list[Lieu]
    saio: list[Visiteur]
    academie: str
    lignes: deque[LigneDAvis] = field(default_factory=deque)
    comptes_rendus: deque[CompteRendu] = field(default_factory=deque)
    inscriptions: deque[Inscription] = field(default_factory=deque)
    _connues: set[str] = field(default_factory=set)
    _numero: int = 0
    _verrou: Lock = field(default_factory=Lock)

    @classmethod
    def lire(cls, scene: dict[str, Any]) -> "Monde":
        """Le monde que `outils.soir.scene` a décrit."""

        def lieux(descriptions: Sequence[dict[str, Any]]) -> list[Lieu]:
            return [Lieu(**d | {"visiteurs": [Visiteur(cle) for cle in d["visiteurs"]]}) for d in descriptions]

        saio = [Visiteur(cle) for cle in scene["saio"]]
        return cls(lieux(scene["origines"]), lieux(scene["accueils"]), saio, scene["academie"])

    def __post_init__(self) -> None:
        feuilles = [
            CompteRendu(lieu.visiteurs[rang % len(lieu.visiteurs)], lieu.uai, code)
            for lieu in self.accueils
            for rang, code in enumerate(lieu.comptes_rendus)
        ]
        # À tour de rôle entre les lycées : le soir commence partout à la fois.
        self.comptes_rendus.extend(sorted(feuilles, key=lambda feuille: feuille.code))
        self._tirages: list[tuple[int, Tirage]] = [
            (8, lambda h: self._de_l_origine(h, "collège : à faire", "")),
            (12, lambda h: self._de_l_origine(h, "collège : élèves", "eleves/")),
            (8, self._une_recherche),
            (20, self._une_classe),
            (14, self._un_eleve),
            (6, lambda h: self._de_l_origine(h, "collège : fiches", "fiches/")),
            (5, lambda h: self._de_l_accueil(h, "lycée : à faire", "")),
            (10, lambda h: self._de_l_accueil(h, "lycée : candidats", "candidats/")),
            (6, lambda h: self._de_l_accueil(h, "lycée : comptes-rendus", "comptes-rendus/")),
            (4, lambda h: self._de_l_accueil(h, "lycée : planning", "planning/")),
            (1, lambda h: Page("SAIO : à faire", "/academie/", h.choice(self.saio))),
            (1, lambda h: Page("SAIO : suivi", "/academie/suivi/", h.choice(self.saio))),
            (3, lambda h: Page("public : catalogue", f"/formations/?academie={self.academie}", PUBLIC)),
            (2, lambda h: Page("public : accueil", "/", PUBLIC)),
        ]
        self._papiers: list[tuple[int, Tirage]] = [
            (4, lambda h: self._un_papier(h, "dossier d’un élève", "eleves", "eleves/{}/dossier.pdf")),
            (3, lambda h: self._un_papier(h, "fiche d’un élève", "fiches", "fiches/{}.pdf")),
            (1, self._une_trame),
            (2, lambda h: Page("guide", f"/documents/guide.pdf?academie={self.academie}", PUBLIC)),
        ]

    def premieres_pages(self) -> Iterator[Page]:
        """La page d'accueil de chacun dans son espace."""
        for espace, lieux in (("origine", self.origines), ("accueil", self.accueils)):
            for lieu in lieux:
                for visiteur in lieu.visiteurs:
                    yield Page("à faire", f"/{espace}/{lieu.uai}/", visiteur)
        for visiteur in self.saio:
            yield Page("à faire", "/academie/", visiteur)

    @property
    def visiteurs(self) -> list[Visiteur]:
        lieux = [*self.origines, *self.accueils]
        return [*self.saio, *(visiteur for lieu in lieux for visiteur in lieu.visiteurs)]

    def une_page(self, hasard: Random) -> Page:
        return _tirer(self._tirages, hasard)

    def un_document(self, hasard: Random) -> Page:
        return _tirer(self._papiers, hasard)

    # Les feuilles

    def prendre(self, navigateur: Navigateur, hasard: Random) -> Feuille:
        """Une feuille que personne d'autre ne tient. Ouvre une classe s'il ne reste aucune ligne d'avis."""
        genre = hasard.choices(("avis", "compte-rendu", "inscription"), (60, 25, 15))[0]
        if genre == "compte-rendu" and (feuille := self._retirer(self.comptes_rendus)):
            return feuille
        if genre == "inscription":
            return self._retirer(self.inscriptions) or self._un_nouvel_eleve(hasard)
        while not (ligne := self._retirer(self.lignes)):
            page = self._une_classe(hasard)
            self.prendre_les_lignes(lignes_de_la_classe(navigateur.lire(page.chemin, page.qui), page.chemin, page.qui))
        return ligne

    def prendre_les_lignes(self, lignes: Sequence[LigneDAvis]) -> None:
        """Ajoute aux lignes à saisir celles que personne ne tient."""
        with self._verrou:
            nouvelles = [ligne for ligne in lignes if ligne.code not in self._connues]
            self._connues.update(ligne.code for ligne in nouvelles)
            self.lignes.extend(nouvelles)

    def rendre(self, feuille: Feuille) -> None:
        """Repose une feuille ; épuisée, elle est oubliée."""
        with self._verrou:
            match feuille:
                case LigneDAvis() if feuille.epuisee:
                    self._connues.discard(feuille.code)
                case LigneDAvis():
                    self.lignes.append(feuille)
                case CompteRendu() if not feuille.epuisee:
                    self.comptes_rendus.append(feuille)
                case Inscription() if not feuille.epuisee:
                    self.inscriptions.append(feuille)

    def _retirer(self, feuilles: deque[Any]) -> Any:
        with self._verrou:
            return feuilles.popleft() if feuilles else None

    def _un_nouvel_eleve(self, hasard: Random) -> Inscription:
        lieu = hasard.choice(self.origines)
        with self._verrou:
            self._numero += 1
            return Inscription(hasard.choice(lieu.visiteurs), lieu.uai, self._numero)

    # Les pages

    def _de_l_origine(self, hasard: Random, nom: str, suite: str) -> Page:
        lieu = hasard.choice(self.origines)
        return Page(nom, f"/origine/{lieu.uai}/{suite}", hasard.choice(lieu.visiteurs))

    def _de_l_accueil(self, hasard: Random, nom: str, suite: str) -> Page:
        lieu = hasard.choice(self.accueils)
        return Page(nom, f"/accueil/{lieu.uai}/{suite}", hasard.choice(lieu.visiteurs))

    def _une_recherche(self, hasard: Random) -> Page:
        lieu = hasard.choice(self.origines)
        chemin = f"/origine/{lieu.uai}/eleves/?q={quote(hasard.choice(lieu.noms))}"
        return Page("collège : recherche", chemin, hasard.choice(lieu.visiteurs))

    def _une_classe(self, hasard: Random) -> Page:
        lieu = hasard.choice(self.origines)
        chemin = f"/origine/{lieu.uai}/avis/{hasard.choice(lieu.classes)}/"
        return Page("collège : avis d’une classe", chemin, hasard.choice(lieu.visiteurs), se_saisit=True)

    def _un_eleve(self, hasard: Random) -> Page:
        lieu = hasard.choice(self.origines)
        chemin = f"/origine/{lieu.uai}/eleves/{hasard.choice(lieu.eleves)}/"
        return Page("collège : un élève", chemin, hasard.choice(lieu.visiteurs))

    def _un_papier(self, hasard: Random, nom: str, parmi: str, suite: str) -> Page:
        lieu = hasard.choice([lieu for lieu in self.origines if getattr(lieu, parmi)])
        return Page(nom, f"/origine/{lieu.uai}/{suite.format(hasard.choice(getattr(lieu, parmi)))}", lieu.visiteurs[0])

    def _une_trame(self, hasard: Random) -> Page:
        lieu = hasard.choice([lieu for lieu in self.accueils if lieu.comptes_rendus])
        chemin = f"/accueil/{lieu.uai}/comptes-rendus/{hasard.choice(lieu.comptes_rendus)}/trame.pdf"
        return Page("trame d’entretien", chemin, hasard.choice(lieu.visiteurs))


def _tirer(tirages: Sequence[tuple[int, Tirage]], hasard: Random) -> Page:
    choisi = hasard.choices([tirage for _, tirage in tirages], [poids for poids, _ in tirages])[0]
    return choisi(hasard)
