"""Ce que l'on a sous les yeux et que l'on enregistre : une ligne d'avis, un compte-rendu, l'inscription d'un élève."""

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

from outils.soir.livre import Fait, Quoi
from outils.soir.navigateur import Inattendu, Navigateur, Reponse, Visiteur

CONFLIT, REFUS = 409, 422
# Un compte-rendu sur tant est transmis ; les autres restent des brouillons que l'on reprend.
TRANSMIS_UN_SUR = 6
CONSONNES = "bcdfghjklmnpqrst"


class Feuille(ABC):
    """Une saisie en cours ; `epuisee` quand il n'y a plus rien à y enregistrer."""

    nature: ClassVar[str]
    qui: Visiteur
    epuisee: bool = False

    @abstractmethod
    def ouvrir(self, navigateur: Navigateur) -> bool:
        """Lit la page si la feuille ne l'a pas sous les yeux ; dit si elle l'a lue."""

    @abstractmethod
    def enregistrer(self, navigateur: Navigateur, rang: int) -> Fait:
        """Envoie la saisie. Rend ce que le serveur a dit enregistré ; lève `Inattendu` s'il ne l'a pas dit."""

    @abstractmethod
    def tente(self, rang: int) -> Fait:
        """Ce qui est peut-être enregistré quand aucune réponse ne l'a dit."""


def exiger(reponse: Reponse, statuts: set[int], chemin: str) -> Reponse:
    if reponse.statut not in statuts:
        raise Inattendu(f"{chemin} : {reponse.statut}")
    return reponse


@dataclass
class LigneDAvis(Feuille):
    """Une ligne d'avis, enregistrée pendant la saisie. La page de la classe en a donné les jetons.

    Celle dont l'entretien a commencé ne s'enregistre qu'une fois, par le bouton de la page.
    """

    nature = "ligne d’avis"
    qui: Visiteur
    page: str
    code: str
    jetons: dict[str, str]
    version: int
    epuisee: bool = False

    def ouvrir(self, navigateur: Navigateur) -> bool:
        return False

    def enregistrer(self, navigateur: Navigateur, rang: int) -> Fait:
        texte = self._texte(rang)
        champs = {"avis": "favorable", "commentaire": texte, "version": str(self.version)}
        saisie = {f"{self.code}-{nom}": valeur for nom, valeur in champs.items()}
        chemin = f"/{'/'.join(self.page.split('/')[1:4])}/lignes/{self.code}/"
        reponse = exiger(navigateur.envoyer(chemin, self.qui, saisie | self.jetons), {200, CONFLIT, REFUS}, chemin)
        recu = json.loads(reponse.corps)
        if reponse.statut == REFUS and recu.get("tardif"):
            return self._enregistrer_la_page(navigateur, saisie, texte)
        # Une réponse perdue laisse ignorer si l'envoi a été reçu : le serveur le dit au suivant par un conflit.
        recu = recu["actuel"] if reponse.statut == CONFLIT else recu
        if recu.get("commentaire") != texte:
            raise Inattendu(f"{chemin} : {reponse.statut}, un autre texte")
        self.version = int(recu["version"])
        return Fait(Quoi.AVIS, self.code, texte, self.version)

    def _enregistrer_la_page(self, navigateur: Navigateur, saisie: dict[str, str], texte: str) -> Fait:
        exiger(navigateur.envoyer(self.page, self.qui, saisie | self.jetons), {302}, self.page)
        self.epuisee = True
        return Fait(Quoi.AVIS, self.code, texte, self.version + 1)

    def tente(self, rang: int) -> Fait:
        self.epuisee = True
        return Fait(Quoi.AVIS, self.code, self._texte(rang), su=False)

    def _texte(self, rang: int) -> str:
        return f"Saisie {rang} du dernier soir : projet réfléchi, motivation constante."


def lignes_de_la_classe(lue: Reponse, page: str, qui: Visiteur) -> list[LigneDAvis]:
    """Les lignes que la page d'avis d'une classe laisse saisir."""
    champs = lue.champs()
    jetons = {nom: champs[nom] for nom in ("csrfmiddlewaretoken", "personne") if nom in champs}
    return [
        LigneDAvis(qui, page, nom.removesuffix("-version"), jetons, int(valeur))
        for nom, valeur in champs.items()
        if nom.endswith("-version")
    ]


@dataclass
class CompteRendu(Feuille):
    """Un compte-rendu : des brouillons, puis un envoi à l'établissement d'origine."""

    nature = "compte-rendu"
    qui: Visiteur
    uai: str
    code: str
    champs: dict[str, str] = field(default_factory=dict)
    epuisee: bool = False

    @property
    def page(self) -> str:
        return f"/accueil/{self.uai}/comptes-rendus/{self.code}/"

    def ouvrir(self, navigateur: Navigateur) -> bool:
        if self.champs:
            return False
        lue = exiger(navigateur.lire(self.page, self.qui), {200}, self.page).champs()
        gardes = {"csrfmiddlewaretoken", "personne", "version"}
        self.champs = {nom: valeur for nom, valeur in lue.items() if nom in gardes or nom.startswith("avis_")}
        self.champs.pop("avis_ajoute", None)
        return True

    def enregistrer(self, navigateur: Navigateur, rang: int) -> Fait:
        saisie = self.champs | {"texte": self._texte(rang)}
        if self._transmet(rang):
            exiger(navigateur.envoyer(self.page, self.qui, saisie | {"geste": "transmettre"}), {302}, self.page)
            self.epuisee = True
            return Fait(Quoi.TRANSMISSION, self.code, saisie["texte"])
        chemin = f"{self.page}brouillon/"
        reponse = exiger(navigateur.envoyer(chemin, self.qui, saisie), {200}, chemin)
        self.champs["version"] = str(json.loads(reponse.corps)["version"])
        return Fait(Quoi.BROUILLON, self.code, saisie["texte"], int(self.champs["version"]))

    def tente(self, rang: int) -> Fait:
        self.champs = {}
        self.epuisee = self.epuisee or self._transmet(rang)
        quoi = Quoi.TRANSMISSION if self._transmet(rang) else Quoi.BROUILLON
        return Fait(quoi, self.code, self._texte(rang), su=False)

    @staticmethod
    def _transmet(rang: int) -> bool:
        return rang % TRANSMIS_UN_SUR == 0

    def _texte(self, rang: int) -> str:
        return f"Saisie {rang} du dernier soir : l’élève connaît le métier et a préparé ses questions."


@dataclass
class Inscription(Feuille):
    """Un élève qui arrive le dernier soir : on l'ajoute, on choisit ses formations, on l'inscrit."""

    nature = "inscription"
    qui: Visiteur
    uai: str
    numero: int
    code: str = ""
    saisie: dict[str, str] = field(default_factory=dict)
    etape: Quoi = Quoi.ELEVE
    epuisee: bool = False

    @property
    def nom(self) -> str:
        """Un nom pour chacun, fait de lettres."""
        return "Dusoir" + "".join(CONSONNES[int(chiffre, 16)] for chiffre in f"{self.numero:x}")

    @property
    def page(self) -> str:
        eleves = f"/origine/{self.uai}/eleves/"
        suites = {
            Quoi.ELEVE: "ajouter/",
            Quoi.CHOIX: f"{self.code}/inscription/formations/",
            Quoi.INSCRIPTION: f"{self.code}/inscription/recapitulatif/",
        }
        return eleves + suites[self.etape]

    def ouvrir(self, navigateur: Navigateur) -> bool:
        page = exiger(navigateur.lire(self.page, self.qui), {200}, self.page)
        self.saisie = self._remplir(page, page.champs())
        return True

    def _remplir(self, page: Reponse, champs: dict[str, str]) -> dict[str, str]:
        saisie = {"csrfmiddlewaretoken": champs["csrfmiddlewaretoken"]}
        if self.etape is Quoi.ELEVE:
            naissance = {f"date_de_naissance_{quoi}": n for quoi, n in (("day", "4"), ("month", "3"), ("year", "2012"))}
            classe = {"classe": page.premiere_classe(), "niveau": champs["niveau"]}
            return saisie | naissance | classe | {"nom": self.nom, "prenom": "Camille"}
        if self.etape is Quoi.CHOIX:
            domaine = next(nom for nom in champs if nom.startswith("formations_")).removeprefix("formations_")
            return saisie | {nom: champs[nom] for nom in (f"formations_{domaine}", f"accueil_{domaine}")}
        return saisie

    def enregistrer(self, navigateur: Navigateur, rang: int) -> Fait:
        reponse = exiger(navigateur.envoyer(self.page, self.qui, self.saisie), {302}, self.page)
        if self.etape is Quoi.ELEVE:
            self.code = reponse.lieu.rstrip("/").rpartition("/")[2]
        fait = self._fait(su=True)
        suite = {Quoi.ELEVE: Quoi.CHOIX, Quoi.CHOIX: Quoi.INSCRIPTION}
        self.epuisee = self.etape is Quoi.INSCRIPTION
        self.etape = suite.get(self.etape, self.etape)
        return fait

    def tente(self, rang: int) -> Fait:
        self.epuisee = True
        return self._fait(su=False)

    def _fait(self, *, su: bool) -> Fait:
        formation = next((valeur for nom, valeur in self.saisie.items() if nom.startswith("formations_")), "")
        return Fait(self.etape, self.code, {Quoi.ELEVE: self.nom, Quoi.CHOIX: formation}.get(self.etape, ""), su=su)
