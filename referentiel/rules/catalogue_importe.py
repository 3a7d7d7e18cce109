"""Lire la feuille « Offres » d'un catalogue : une ligne par offre (R7, R8, R9, écran S6).

Une ligne sans UAI dit une formation que personne ne propose, ou un domaine et sa modalité par défaut ; une ligne
sans formation, un établissement qui reçoit pour le domaine sans y enseigner. Ce qui se répète d'une ligne à
l'autre (une formation, un accueil) doit s'y dire pareil ; une case vide reprend ce que dit une autre ligne.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any

from referentiel.rules.comparaison import Faute, Fiche
from referentiel.rules.identifiants import cle_de_recherche, meme_mef, mettre_au_propre, pourquoi_pas_un_uai
from referentiel.rules.jeu import LIBELLES_MODALITES, Modalite

COLONNES: dict[str, tuple[str, ...]] = {
    "domaine": ("Domaine",),
    "type": ("Type", "Code type", "Type de formation"),
    "libelle": ("Formation", "Libellé", "Libellé de la formation"),
    "precision": ("Précision", "Précisions"),
    "mef": ("MEF", "MEF10", "Code MEF"),
    "onisep": ("ONISEP", "Fiche ONISEP"),
    "mots_cles": ("Mots-clés",),
    "uai": ("UAI", "Code UAI"),
    "etablissement": ("Établissement", "Nom de l’établissement"),
    "modalite": ("Modalité",),
    "hors_passpro": ("Hors Passpro",),
    "presentation": ("Présentation",),
    "lieu": ("Lieu", "Lieu des entretiens"),
    "acces": ("Accès",),
    "contact_telephone": ("Téléphone",),
    "contact_courriel": ("Courriel", "Mail"),
    "consignes": ("Consignes",),
    "texte": ("La formation",),
    "metiers": ("Les métiers",),
    "a_verifier": ("À vérifier",),
}
INDISPENSABLES = ("domaine", "type", "libelle")
CHAMPS_DE_FORMATION = ("precision", "mef", "onisep", "mots_cles", "texte", "metiers", "a_verifier")
CHAMPS_D_ACCUEIL = ("lieu", "acces", "contact_telephone", "contact_courriel", "consignes")
GENRES = ("domaine", "formation", "accueil", "offre")
AILLEURS = "Entretien dans un autre établissement"
LIBELLES_DES_TYPES = {
    "cap": "CAP",
    "cap_agricole": "CAP agricole",
    "2de_pro": "2de professionnelle",
    "2de_pro_agricole": "2de professionnelle agricole",
}
TYPES = {
    **{cle: cle for cle in LIBELLES_DES_TYPES},
    **{libelle: cle for cle, libelle in LIBELLES_DES_TYPES.items()},
    "1CAP2": "cap",
    "1CAP2A": "cap_agricole",
    "CAPA": "cap_agricole",
    "2NDPRO": "2de_pro",
    "2DEPRO": "2de_pro",
    "2NDE PRO": "2de_pro",
    "2nde professionnelle": "2de_pro",
    "seconde pro": "2de_pro",
    "seconde professionnelle": "2de_pro",
    "2DPROA": "2de_pro_agricole",
    "2NDPROA": "2de_pro_agricole",
    "2DE PROA": "2de_pro_agricole",
    "2NDE PROA": "2de_pro_agricole",
    "2nde professionnelle agricole": "2de_pro_agricole",
    "seconde professionnelle agricole": "2de_pro_agricole",
}
MODALITES = {
    **{libelle: modalite.value for modalite, libelle in LIBELLES_MODALITES.items()},
    **{modalite.value: modalite.value for modalite in Modalite},
    "au choix": Modalite.AU_CHOIX.value,
    "individuelle": Modalite.INDIVIDUEL.value,
    "collective": Modalite.COLLECTIF.value,
}
OUI = {"oui", "o", "x", "1", "vrai", "true"}
NON = {"", "non", "n", "0", "faux", "false"}
RESSEMBLANCE = 0.8

Controle = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Reperes:
    """Ce que la base connaît déjà, et comment juger une valeur (`controles` : champ → raison d'un refus)."""

    domaines: Mapping[str, str] = field(default_factory=dict)
    modalites: Mapping[str, str] = field(default_factory=dict)
    formations: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    accueils: frozenset[tuple[str, str]] = frozenset()
    etablissements: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    controles: Mapping[str, Controle] = field(default_factory=dict)


class LigneFautive(Exception):
    """Cette ligne ne peut pas être prise ; le texte dit pourquoi et comment la corriger."""


def _compacte(texte: str) -> str:
    return cle_de_recherche(texte.replace("_", " ")).replace(" ", "")


_TYPES = {_compacte(nom): cle for nom, cle in TYPES.items()}
_MODALITES = {_compacte(nom): cle for nom, cle in MODALITES.items()}


class Lecture:
    """Les fiches demandées par un fichier, lues ligne après ligne, avec leurs fautes et leurs remarques."""

    def __init__(self, reperes: Reperes, presents: Iterable[str]) -> None:
        self.reperes = reperes
        self.presents = frozenset(presents)
        self.fiches: dict[tuple[str, ...], Fiche] = {}
        self.fautes: list[Faute] = []
        self.remarques: list[str] = []
        self._domaines: dict[str, str] = dict(reperes.domaines)
        self._defauts: dict[str, str] = dict(reperes.modalites)

    def lire(self, lignes: Iterable[Mapping[str, Any]]) -> "Lecture":
        """Lit toutes les lignes : d'abord celles qui disent la modalité d'un domaine, dont les autres héritent."""
        rangees = sorted(lignes, key=lambda ligne: bool(ligne.get("uai")))
        for ligne in rangees:
            try:
                self._lire_la_ligne(ligne, ligne["ligne"])
            except LigneFautive as faute:
                self.fautes.append(Faute(ligne["ligne"], str(faute)))
        self.fautes.sort(key=lambda faute: faute.ligne)
        self._completer_les_modalites()
        return self

    def _completer_les_modalites(self) -> None:
        """Un accueil nouveau dont aucune ligne ne dit la modalité prend celle de son domaine."""
        for cle, fiche in self.fiches.items():
            if fiche.genre == "accueil" and fiche.champs.get("modalite") == "":
                defaut = self._defauts.get(cle[1], Modalite.INDIVIDUEL.value)
                self.fiches[cle] = replace(fiche, champs={**fiche.champs, "modalite": defaut})

    def _lire_la_ligne(self, ligne: Mapping[str, Any], numero: int) -> None:
        domaine = self._domaine(ligne, numero)
        self._controler(ligne)
        cle = self._formation(domaine, ligne, numero) if ligne.get("libelle") else None
        if ligne.get("uai"):
            self._chez_un_etablissement(domaine, cle, ligne, numero)
        elif ligne.get("etablissement"):
            raise LigneFautive(f"l’UAI de «\u00a0{ligne['etablissement']}\u00a0» manque.")
        elif ligne.get("modalite"):
            self._defauts[domaine] = lire_la_modalite(ligne["modalite"]) or Modalite.INDIVIDUEL.value
            self._poser(
                Fiche(("domaine", domaine), self._domaines[domaine], {"modalite": self._defauts[domaine]}, numero)
            )

    def _domaine(self, ligne: Mapping[str, Any], numero: int) -> str:
        nom = str(ligne.get("domaine") or "")
        cle = cle_de_recherche(nom)
        if not cle:
            raise LigneFautive("le domaine manque.")
        if cle not in self._domaines:
            if proche := plus_proche(cle, self.reperes.domaines):
                raise LigneFautive(
                    f"domaine «\u00a0{nom}\u00a0» inconnu. Vouliez-vous dire «\u00a0{proche}\u00a0»\u00a0? "
                    "Un domaine vraiment nouveau se crée d’abord dans l’administration."
                )
            self._domaines[cle] = nom
        self._poser(Fiche(("domaine", cle), self._domaines[cle], {}, numero))
        return cle

    def _formation(self, domaine: str, ligne: Mapping[str, Any], numero: int) -> tuple[str, str, str]:
        type_ = lire_le_type(str(ligne.get("type") or ""))
        libelle = sans_le_type(str(ligne["libelle"]), type_)
        cle = (domaine, type_, cle_de_recherche(libelle))
        connu = self.reperes.formations.get(cle)
        genre_et_cle = ("formation", *cle)
        if connu is None and genre_et_cle not in self.fiches:
            self._remarquer_une_ressemblance(cle, libelle, numero)
        nouveau = {"type": type_, "libelle": libelle} if connu is None else {}
        champs = nouveau | {champ: ligne.get(champ, "") for champ in CHAMPS_DE_FORMATION if champ in self.presents}
        self._poser(Fiche(genre_et_cle, f"{LIBELLES_DES_TYPES[type_]} {connu or libelle}", champs, numero))
        return cle

    def _remarquer_une_ressemblance(self, cle: tuple[str, str, str], libelle: str, numero: int) -> None:
        voisines = {autre[2]: nom for autre, nom in self.reperes.formations.items() if autre[:2] == cle[:2]}
        if proche := plus_proche(cle[2], voisines):
            self.remarques.append(
                f"Ligne {numero}\u00a0: «\u00a0{libelle}\u00a0» sera une formation nouvelle. "
                f"Elle ressemble à «\u00a0{proche}\u00a0», déjà au catalogue."
            )

    def _chez_un_etablissement(
        self, domaine: str, formation: tuple[str, str, str] | None, ligne: Mapping[str, Any], numero: int
    ) -> None:
        uai, nom = self._etablissement(str(ligne["uai"]))
        hors_passpro = lire_oui_ou_non(str(ligne.get("hors_passpro", ""))) or _est_hors_passpro(ligne)
        self._accueil(domaine, uai, nom, hors_passpro, ligne, numero)
        if formation is None:
            return
        cle = ("offre", *formation, uai)
        if deja := self.fiches.get(cle):
            raise LigneFautive(f"cette formation dans cet établissement figure déjà ligne {deja.ligne}.")
        champs = {"hors_passpro": hors_passpro} if self.presents & {"hors_passpro", "modalite"} else {}
        if "presentation" in self.presents:
            champs |= {"presentation": ligne.get("presentation", "")}
        libelle = self.fiches["formation", *formation].libelle
        self._poser(Fiche(cle, f"{libelle} – {nom}", champs, numero))

    def _etablissement(self, texte: str) -> tuple[str, str]:
        uai = mettre_au_propre(texte)
        if trouve := self.reperes.etablissements.get(uai):
            return trouve
        if raison := pourquoi_pas_un_uai(uai):
            raise LigneFautive(f"UAI «\u00a0{texte}\u00a0». {raison}")
        raise LigneFautive(f"l’établissement {uai} est inconnu dans l’académie. Importez-le d’abord.")

    def _accueil(
        self, domaine: str, uai: str, nom: str, hors_passpro: bool, ligne: Mapping[str, Any], numero: int
    ) -> None:
        dite = str(ligne.get("modalite") or "")
        modalite = "" if _est_hors_passpro(ligne) else lire_la_modalite(dite) if dite else ""
        connu = (domaine, uai) in self.reperes.accueils or ("accueil", domaine, uai) in self.fiches
        if modalite is None or (not modalite and not connu and hors_passpro):
            return
        champs = {champ: ligne.get(champ, "") for champ in CHAMPS_D_ACCUEIL if champ in self.presents}
        if modalite or (domaine, uai) not in self.reperes.accueils:
            champs["modalite"] = modalite
        self._poser(Fiche(("accueil", domaine, uai), f"{self._domaines[domaine]} – {nom}", champs, numero))

    def _controler(self, ligne: Mapping[str, Any]) -> None:
        for champ, controle in self.reperes.controles.items():
            valeur = ligne.get(champ)
            if valeur and (raison := controle(str(valeur))):
                raise LigneFautive(f"{COLONNES[champ][0]} «\u00a0{valeur}\u00a0»\u00a0: {raison}")

    def _poser(self, fiche: Fiche) -> None:
        """Ajoute la fiche, ou la complète ; deux lignes qui se contredisent sont une faute, sauf pour le MEF."""
        deja = self.fiches.get(fiche.cle)
        if deja is None:
            self.fiches[fiche.cle] = fiche
            return
        champs = dict(deja.champs)
        for champ, valeur in fiche.champs.items():
            ancienne = champs.get(champ, "")
            if ancienne in ("", None):
                champs[champ] = valeur
            elif valeur not in ("", None) and not pareil(champ, ancienne, valeur):
                self._dire_la_contradiction(champ, ancienne, deja, fiche)
        self.fiches[fiche.cle] = replace(deja, champs=champs)

    def _dire_la_contradiction(self, champ: str, ancienne: Any, deja: Fiche, fiche: Fiche) -> None:
        nom, valeur = COLONNES[champ][0], _dire(champ, fiche.champs[champ])
        if champ != "mef":
            raise LigneFautive(
                f"{nom} «\u00a0{valeur}\u00a0» contredit la ligne {deja.ligne}, qui dit "
                f"«\u00a0{_dire(champ, ancienne)}\u00a0» pour {deja.libelle}."
            )
        self.remarques.append(
            f"Ligne {fiche.ligne}\u00a0: MEF {valeur} en plus de {ancienne} pour {deja.libelle}. Le premier est gardé."
        )


def lire_le_type(texte: str) -> str:
    """Code d'un type dit en clair ou en code : « 2NDPRO » donne « 2de_pro ». Lève `LigneFautive`."""
    if not texte.strip():
        raise LigneFautive("le type manque. Écrivez CAP, CAP agricole, 2de professionnelle ou son équivalent agricole.")
    if type_ := _TYPES.get(_compacte(texte)):
        return type_
    attendus = ", ".join(LIBELLES_DES_TYPES.values())
    raise LigneFautive(f"type «\u00a0{texte}\u00a0» inconnu. Types possibles\u00a0: {attendus}.")


def lire_la_modalite(texte: str) -> str | None:
    """Code d'une modalité, ou `None` si l'entretien se passe ailleurs. Lève `LigneFautive`."""
    if _compacte(texte) in (_compacte(AILLEURS), "ailleurs"):
        return None
    if modalite := _MODALITES.get(_compacte(texte)):
        return modalite
    attendues = ", ".join(LIBELLES_MODALITES.values())
    raise LigneFautive(f"modalité «\u00a0{texte}\u00a0» inconnue. Modalités possibles\u00a0: {attendues}.")


def lire_oui_ou_non(texte: str) -> bool:
    """Vrai pour « oui ». Lève `LigneFautive` pour un mot qui n'est ni oui ni non."""
    cle = cle_de_recherche(texte)
    if cle in OUI or cle in NON:
        return cle in OUI
    raise LigneFautive(f"Hors Passpro «\u00a0{texte}\u00a0»\u00a0: écrivez oui ou non.")


def sans_le_type(libelle: str, type_: str) -> str:
    """« CAP Cuisine » donne « Cuisine » quand le type est CAP."""
    entier = LIBELLES_DES_TYPES[type_]
    return libelle[len(entier) :].strip() if libelle.lower().startswith(entier.lower() + " ") else libelle


def plus_proche(cle: str, connus: Mapping[str, str]) -> str | None:
    """Nom connu dont la clé, ou ses premiers mots, ressemble à `cle` sans lui être égale."""

    def ressemblance(autre: str) -> float:
        debut = " ".join(autre.split()[: len(cle.split())])
        return max(SequenceMatcher(None, cle, candidat).ratio() for candidat in (autre, debut))

    proche = max(connus, key=ressemblance, default=None)
    return connus[proche] if proche is not None and ressemblance(proche) >= RESSEMBLANCE else None


def pareil(champ: str, avant: Any, apres: Any) -> bool:
    """Deux MEF sont les mêmes sur dix caractères ; le reste, espaces mis à part (R7)."""
    if champ == "mef" and avant and apres:
        return meme_mef(str(avant), str(apres))
    if champ == "libelle":
        return cle_de_recherche(avant) == cle_de_recherche(apres)
    if isinstance(avant, bool) or isinstance(apres, bool):
        return bool(avant) == bool(apres)
    return _blancs(avant) == _blancs(apres)


def pourquoi_pas_un_mef(mef: str) -> str | None:
    """Raison pour laquelle ce n'est pas un MEF, ou `None`."""
    return None if re.fullmatch(r"[0-9]{10}[0-9A-Z]?", mef) else "un MEF compte 10 ou 11 chiffres."


def _blancs(valeur: Any) -> str:
    return " ".join(str(valeur or "").split())


def _est_hors_passpro(ligne: Mapping[str, Any]) -> bool:
    return _compacte(str(ligne.get("modalite") or "")) == "horspasspro"


def _dire(champ: str, valeur: Any) -> Any:
    return LIBELLES_MODALITES[Modalite(valeur)] if champ == "modalite" and valeur else valeur
