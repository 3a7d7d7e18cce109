"""Ce qu'un fichier changerait : ajouts, mises à jour, erreurs, élèves laissés de côté (R10 à R13, écran O3).

Tout se décide ici, sans base : le service lit ce qu'il faut, demande le plan, le montre ou l'écrit.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, TypeVar

from candidatures.imports.colonnes import Donnee
from candidatures.imports.niveaux import AutreNiveau, lire_le_niveau
from candidatures.imports.valeurs import (
    ValeurRefusee,
    lire_l_ine,
    lire_la_naissance,
    lire_le_mef,
    separer_le_nom,
)
from candidatures.rules import cle_d_un_eleve, pourquoi_pas_admis
from referentiel.rules.identifiants import cle_de_recherche, meme_mef, mettre_au_propre
from referentiel.rules.jeu import Niveau

LONGUEUR_D_UN_NOM = 80
LONGUEUR_D_UNE_CLASSE = 30
PARTIS = "partis"
DE_GROUPE = "groupes"
COMPLETER = "Complétez la ligne dans le fichier ou ajoutez l’élève à la main."
RETIRER = "Retirez l’une des deux lignes."


class Connu(Protocol):
    """Un élève que Passpro connaît déjà."""

    pk: int
    ine: str
    nom: str
    prenom: str
    date_de_naissance: date
    classe: str
    niveau: str
    mef: str
    cle: str


class AIdentifier(Protocol):
    """Ce qui fait reconnaître un élève : son INE, sinon ses noms et sa date de naissance (R10)."""

    @property
    def ine(self) -> str: ...

    @property
    def identite(self) -> tuple[str, date]: ...


C = TypeVar("C", bound=Connu)


@dataclass(frozen=True, slots=True)
class EleveLu:
    """Un élève tel que sa ligne le donne, valeurs mises au propre.

    `niveau_ecrit` : le fichier dit le niveau en toutes lettres ; sinon il se déduit de la classe ou du MEF.
    """

    nom: str
    prenom: str
    date_de_naissance: date
    classe: str
    niveau: str
    cle: str
    ine: str = ""
    mef: str = ""
    niveau_ecrit: bool = False

    @property
    def identite(self) -> tuple[str, date]:
        return self.cle, self.date_de_naissance

    @property
    def nom_affiche(self) -> str:
        return f"{self.nom.upper()} {self.prenom}"


CHAMPS = ("nom", "prenom", "date_de_naissance", "classe", "niveau", "ine", "mef")


@dataclass(frozen=True, slots=True)
class LigneLue:
    """Une ligne juste, par son numéro dans le fichier."""

    numero: int
    eleve: EleveLu


@dataclass(frozen=True, slots=True)
class Erreur:
    """Une ligne qui ne passe pas, et comment la corriger.

    `confirmable` : la personne peut dire que c'est un autre élève. `ailleurs` : elle peut demander son transfert.
    """

    numero: int
    eleve: str
    probleme: str
    remede: str
    confirmable: bool = False
    ailleurs: str = ""


@dataclass(frozen=True, slots=True)
class MiseAJour:
    """Un élève connu et ce que le fichier y change : champ, ancienne et nouvelle valeurs."""

    ligne: LigneLue
    connu: Connu
    changements: tuple[tuple[str, object, object], ...]


@dataclass(slots=True)
class Plan:
    """Ce que l'import ferait, ligne par ligne ; `homonymes` : lignes à confirmer, qu'elles le soient ou non."""

    ajouts: list[LigneLue] = field(default_factory=list)
    mises_a_jour: list[MiseAJour] = field(default_factory=list)
    inchanges: int = 0
    erreurs: list[Erreur] = field(default_factory=list)
    ecartes: Counter[str] = field(default_factory=Counter)
    absents: list[Connu] = field(default_factory=list)
    homonymes: set[int] = field(default_factory=set)

    @property
    def nombre_a_importer(self) -> int:
        return len(self.ajouts) + len(self.mises_a_jour)

    @property
    def empreinte(self) -> str:
        """Résumé de ce qui a été montré : si Passpro a changé depuis, il n'est plus le même."""
        faits = [
            *(f"+{ligne.numero}" for ligne in self.ajouts if ligne.numero not in self.homonymes),
            *(f"~{maj.ligne.numero}:{maj.connu.pk}:{maj.changements}" for maj in self.mises_a_jour),
            *(f"!{erreur.numero}" for erreur in self.erreurs if not erreur.confirmable),
            *(f"?{numero}" for numero in sorted(self.homonymes)),
        ]
        return hashlib.sha256("\n".join(faits).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Cadre:
    """Ce que la campagne admet et ce que Passpro connaît, au moment de la comparaison."""

    annee: int
    niveaux_admis: Collection[Niveau]
    mef_admis: Collection[str]
    connus: Sequence[Connu]
    ines_ailleurs: Collection[str] = frozenset()
    confirmes: Collection[int] = frozenset()


def dresser_le_plan(lignes: Iterable[tuple[int, Mapping[Donnee, str]]], cadre: Cadre) -> Plan:
    """Compare les lignes d'un fichier à ce que Passpro connaît ; rien n'est écrit."""
    return _Comparaison(cadre).faire(lignes)


def annuaire(connus: Iterable[C]) -> Callable[[AIdentifier], C | None]:
    """Rend de quoi retrouver un élève connu : par son INE, sinon par ses noms et sa date de naissance (R10).

    Deux INE différents font deux élèves, même de mêmes noms et date de naissance.
    """
    connus = list(connus)
    par_ine = {connu.ine: connu for connu in connus if connu.ine}
    par_identite = {(connu.cle, connu.date_de_naissance): connu for connu in connus}

    def retrouver(lu: AIdentifier) -> C | None:
        if connu := par_ine.get(lu.ine):
            return connu
        semblable = par_identite.get(lu.identite)
        return None if semblable and lu.ine and semblable.ine else semblable

    return retrouver


class _Comparaison:
    def __init__(self, cadre: Cadre) -> None:
        self.cadre = cadre
        self.plan = Plan()
        self.retrouver = annuaire(cadre.connus)
        self.identites = Counter((connu.cle, connu.date_de_naissance) for connu in cadre.connus)
        self.vus: dict[object, LigneLue] = {}
        self.presents: set[int] = set()
        self.fautifs: set[str] = set()

    def faire(self, lignes: Iterable[tuple[int, Mapping[Donnee, str]]]) -> Plan:
        for numero, valeurs in lignes:
            self._comparer(numero, valeurs)
        self.plan.absents = [connu for connu in self.cadre.connus if not self._est_dans_le_fichier(connu)]
        self.plan.erreurs.sort(key=lambda erreur: (not erreur.confirmable, erreur.numero))
        return self.plan

    def _comparer(self, numero: int, valeurs: Mapping[Donnee, str]) -> None:
        if motif := _pourquoi_l_ecarter(valeurs):
            self.plan.ecartes[motif] += 1
            return
        try:
            ligne = LigneLue(numero, lire_un_eleve(valeurs, self.cadre))
        except AutreNiveau as autre:
            self.plan.ecartes[str(autre)] += 1
        except ValeurRefusee as refus:
            self._refuser(numero, _nom_de_la_ligne(valeurs), refus)
            self.fautifs |= {cle_de_recherche(_nom_de_la_ligne(valeurs)), mettre_au_propre(valeurs.get(Donnee.INE, ""))}
        else:
            self._placer(ligne)

    def _est_dans_le_fichier(self, connu: Connu) -> bool:
        """Vrai aussi quand sa ligne est en erreur : son INE ou ses noms y sont."""
        return connu.pk in self.presents or connu.cle in self.fautifs or (bool(connu.ine) and connu.ine in self.fautifs)

    def _placer(self, ligne: LigneLue) -> None:
        connu = self.retrouver(ligne.eleve)
        if connu:
            self.presents.add(connu.pk)
        try:
            self._exiger_une_ligne_unique(ligne, connu)
            self._exiger_un_eleve_d_ici(ligne.eleve)
            if connu is None:
                self._exiger_un_nouvel_eleve(ligne)
            elif not ligne.eleve.ine:
                self._exiger_un_seul_semblable(ligne.eleve)
        except ValeurRefusee as refus:
            self._refuser(ligne.numero, ligne.eleve.nom_affiche, refus)
            self.fautifs.add(ligne.eleve.cle)
            return
        if connu is None:
            self.plan.ajouts.append(ligne)
        elif changements := ce_qui_change(connu, ligne.eleve):
            self.plan.mises_a_jour.append(MiseAJour(ligne, connu, changements))
        else:
            self.plan.inchanges += 1

    def _exiger_une_ligne_unique(self, ligne: LigneLue, connu: Connu | None) -> None:
        """Deux lignes pour un même élève : même INE, mêmes noms et date sans deux INE différents, même dossier."""
        eleve = ligne.eleve
        semblable = self.vus.get(eleve.identite)
        deux_ine = semblable and eleve.ine and semblable.eleve.ine and semblable.eleve.ine != eleve.ine
        premiere = (eleve.ine and self.vus.get(eleve.ine)) or (connu and self.vus.get(connu.pk))
        premiere = premiere or (None if deux_ine else semblable)
        if premiere:
            raise ValeurRefusee(f"Déjà présent ligne {premiere.numero}", RETIRER)
        for cle in (eleve.ine, eleve.identite, connu.pk if connu else None):
            if cle:
                self.vus.setdefault(cle, ligne)

    def _exiger_un_eleve_d_ici(self, eleve: EleveLu) -> None:
        if eleve.ine in self.cadre.ines_ailleurs:
            raise Ailleurs(eleve.ine)

    def _exiger_un_nouvel_eleve(self, ligne: LigneLue) -> None:
        if ligne.eleve.identite not in self.identites:
            return
        self.plan.homonymes.add(ligne.numero)
        if ligne.numero not in self.cadre.confirmes:
            raise Homonyme(ligne.eleve)

    def _exiger_un_seul_semblable(self, eleve: EleveLu) -> None:
        if self.identites[eleve.identite] > 1:
            raise ValeurRefusee(
                f"Deux élèves de Passpro ont ces noms et cette date de naissance ({eleve.date_de_naissance:%d/%m/%Y})",
                "Ajoutez l’INE à la ligne, pour dire duquel il s’agit.",
            )

    def _refuser(self, numero: int, eleve: str, refus: ValeurRefusee) -> None:
        ailleurs = refus.ine if isinstance(refus, Ailleurs) else ""
        self.plan.erreurs.append(
            Erreur(numero, eleve, refus.probleme, refus.remede, isinstance(refus, Homonyme), ailleurs)
        )


class Ailleurs(ValeurRefusee):
    """L'INE est dans un autre établissement ; rien ne dit lequel (R12)."""

    def __init__(self, ine: str) -> None:
        super().__init__("Élève inscrit dans un autre établissement de l’académie", "Demandez son transfert.")
        self.ine = ine


class Homonyme(ValeurRefusee):
    """Un élève de mêmes noms et date de naissance est connu sous un autre INE (R10)."""

    def __init__(self, eleve: EleveLu) -> None:
        super().__init__(
            "Un élève de mêmes noms et de même date de naissance "
            f"({eleve.date_de_naissance:%d/%m/%Y}) est déjà dans Passpro, avec un autre INE",
            "S’il s’agit d’un autre élève, cochez la case\u00a0; sinon, corrigez l’INE.",
        )


def lire_un_eleve(valeurs: Mapping[Donnee, str], cadre: Cadre) -> EleveLu:
    """L'élève d'une ligne. Lève `AutreNiveau`, ou `ValeurRefusee` à la première valeur qui ne va pas."""
    classe, mef = valeurs.get(Donnee.CLASSE, ""), lire_le_mef(valeurs.get(Donnee.MEF, ""))
    niveau = _niveau(valeurs, classe, mef)
    nom, prenom = _noms(valeurs)
    lu = EleveLu(
        nom=_exiger(nom, "Nom", LONGUEUR_D_UN_NOM),
        prenom=_exiger(prenom, "Prénom", LONGUEUR_D_UN_NOM),
        cle=cle_d_un_eleve(nom, prenom),
        date_de_naissance=lire_la_naissance(valeurs.get(Donnee.NAISSANCE, ""), cadre.annee),
        classe=_exiger(classe, "Classe", LONGUEUR_D_UNE_CLASSE),
        niveau=niveau.value,
        ine=lire_l_ine(valeurs.get(Donnee.INE, "")),
        mef=mef,
        niveau_ecrit=bool(valeurs.get(Donnee.NIVEAU) or valeurs.get(Donnee.LIBELLE_MEF)),
    )
    _exiger_l_admission(niveau, mef, cadre)
    return lu


def ce_qui_change(connu: Connu, lu: EleveLu) -> tuple[tuple[str, object, object], ...]:
    """Champs que la ligne change, avec l'ancienne et la nouvelle valeurs ; une case vide n'efface rien."""
    return tuple(
        (champ, ancienne, nouvelle)
        for champ in CHAMPS
        if (nouvelle := getattr(lu, champ))
        and (ancienne := getattr(connu, champ)) != nouvelle
        and not _a_laisser(champ, connu, lu)
    )


def _a_laisser(champ: str, connu: Connu, lu: EleveLu) -> bool:
    """Un nom écrit sans ses accents ne change pas ; « 3e », déduit, ne remplace pas un public plus précis."""
    if champ in {"nom", "prenom"}:
        return connu.cle == lu.cle
    return champ == "niveau" and lu.niveau == Niveau.TROISIEME and not lu.niveau_ecrit


def _pourquoi_l_ecarter(valeurs: Mapping[Donnee, str]) -> str | None:
    if valeurs.get(Donnee.SORTIE):
        return PARTIS
    return DE_GROUPE if valeurs.get(Donnee.STRUCTURE, "D").upper()[:1] != "D" else None


def _niveau(valeurs: Mapping[Donnee, str], classe: str, mef: str) -> Niveau:
    libelle = valeurs.get(Donnee.LIBELLE_MEF, "") or ("" if mef else valeurs.get(Donnee.MEF, ""))
    if not classe and not libelle and not mef and not valeurs.get(Donnee.NIVEAU):
        raise ValeurRefusee("Classe manquante", COMPLETER)
    return lire_le_niveau(niveau=valeurs.get(Donnee.NIVEAU, ""), libelle_mef=libelle, mef=mef, classe=classe)


def _noms(valeurs: Mapping[Donnee, str]) -> tuple[str, str]:
    if reunis := valeurs.get(Donnee.NOM_PRENOM):
        return separer_le_nom(reunis)
    return valeurs.get(Donnee.NOM, ""), valeurs.get(Donnee.PRENOM, "")


def _exiger(texte: str, libelle: str, longueur: int) -> str:
    if not any(signe.isalnum() for signe in texte):
        raise ValeurRefusee(f"{libelle} manquant{'e' if libelle == 'Classe' else ''}", COMPLETER)
    if len(texte) > longueur:
        raise ValeurRefusee(f"{libelle} de plus de {longueur} caractères", "Raccourcissez-le dans le fichier.")
    return texte


def _exiger_l_admission(niveau: Niveau, mef: str, cadre: Cadre) -> None:
    retirer = "Retirez la ligne, ou voyez le SAIO."
    if raison := pourquoi_pas_admis(niveau, cadre.niveaux_admis):
        raise ValeurRefusee(raison.rstrip("."), retirer)
    if mef and cadre.mef_admis and not any(meme_mef(mef, admis) for admis in cadre.mef_admis):
        raise ValeurRefusee(f"Le MEF {mef} n’est pas concerné par cette campagne", retirer)


def _nom_de_la_ligne(valeurs: Mapping[Donnee, str]) -> str:
    """Ce qui désigne l'élève d'une ligne fautive, tel que le fichier l'écrit : « PETIT ? »."""
    if reunis := valeurs.get(Donnee.NOM_PRENOM):
        return reunis[:LONGUEUR_D_UN_NOM]
    nom, prenom = valeurs.get(Donnee.NOM, ""), valeurs.get(Donnee.PRENOM, "")
    return f"{nom or '?'} {prenom or '?'}"[: 2 * LONGUEUR_D_UN_NOM]
