"""Ce qu'un fichier changerait : ajouts, mises à jour, erreurs, élèves laissés de côté (R10 à R13, écran O3).

Tout se décide ici, sans base : le service lit ce qu'il faut, demande le plan, le montre ou l'écrit.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from candidatures.imports.colonnes import Donnee
from candidatures.imports.eleves import Connu, EleveLu, annuaire, ce_qui_change
from candidatures.imports.lignes import Cadre, lire_un_eleve, nom_de_la_ligne, pourquoi_l_ecarter
from candidatures.imports.niveaux import AutreNiveau
from candidatures.imports.valeurs import ValeurRefusee
from referentiel.rules.identifiants import cle_de_recherche, mettre_au_propre

RETIRER = "Retirez l’une des deux lignes."


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


def dresser_le_plan(lignes: Iterable[tuple[int, Mapping[Donnee, str]]], cadre: Cadre) -> Plan:
    """Compare les lignes d'un fichier à ce que Passpro connaît ; rien n'est écrit."""
    return _Comparaison(cadre).faire(lignes)


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
        if motif := pourquoi_l_ecarter(valeurs):
            self.plan.ecartes[motif] += 1
            return
        try:
            ligne = LigneLue(numero, lire_un_eleve(valeurs, self.cadre))
        except AutreNiveau as autre:
            self.plan.ecartes[str(autre)] += 1
        except ValeurRefusee as refus:
            self._refuser(numero, nom_de_la_ligne(valeurs), refus)
            self.fautifs |= {cle_de_recherche(nom_de_la_ligne(valeurs)), mettre_au_propre(valeurs.get(Donnee.INE, ""))}
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
