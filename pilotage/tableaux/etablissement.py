"""Le bilan d'un établissement : ses mesures, et où elles se situent dans l'académie, sans en nommer d'autre (R35).

Une mesure ne se calcule qu'à partir de dix avis, candidatures ou comptes-rendus ; les quartiles, qu'à partir de dix
établissements mesurés. Personne n'y lit son rang.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pilotage.discriminance import (
    AVIS_AU_MOINS,
    distribution,
    indice_de_repartition,
    remarques_sur_les_avis,
    remarques_sur_les_textes,
)
from pilotage.selectors.bilan import avis as lecture
from pilotage.selectors.suivi import Champ
from pilotage.selectors.suivi.etablissements import delais_des_accueils, par_etablissement
from pilotage.tableaux import Tableau, Valeur, part
from referentiel.rules.jeu import LIBELLES_AVIS, Avis

Etablissement = Mapping[str, Any]
Mesure = Callable[[Etablissement], float | None]
COLONNES = [
    "Mesure",
    "Votre établissement",
    "Quart inférieur",
    "Médiane",
    "Quart supérieur",
    "Mesurés",
]
ETAPES = [
    ("eleves", "Élèves inscrits"),
    ("candidatures", "Candidatures"),
    ("a_planifier", "Sans convocation"),
    ("convocations", "Convocations envoyées"),
    ("realises", "Entretiens réalisés"),
    ("rendus", "Comptes-rendus transmis"),
    ("absences", "Absences"),
    ("desistements", "Désistements"),
]


@dataclass(frozen=True, slots=True)
class BilanDEtablissement:
    """`etapes` : libellé et nombre ; `avis` : répartition de ses propres avis ; `tableau` : ses mesures, situées."""

    etapes: list[tuple[str, int]]
    avis: list[tuple[str, int]]
    tableau: Tableau
    remarques: list[str]


def _part(nombre: str, *total: str) -> Mesure:
    """Part de `nombre` dans la somme des `total`, à partir de dix."""

    def mesure(etablissement: Etablissement) -> float | None:
        somme = sum(etablissement[champ] for champ in total)
        return part(etablissement[nombre], somme) if somme >= AVIS_AU_MOINS else None

    return mesure


def _part_d_avis(avis: Avis) -> Mesure:
    def mesure(etablissement: Etablissement) -> float | None:
        comptes = etablissement["avis"]
        total = sum(comptes.values())
        return part(comptes.get(avis, 0), total) if total >= AVIS_AU_MOINS else None

    return mesure


def _indice(etablissement: Etablissement) -> float | None:
    return indice_de_repartition(etablissement["avis"], etablissement["valeurs"])


def _a_partir_de_dix(champ: str, nombre: str) -> Mesure:
    return lambda etablissement: etablissement[champ] if etablissement[nombre] >= AVIS_AU_MOINS else None


DE_L_ORIGINE: list[tuple[str, Mesure]] = [
    ("Avis favorables (%)", _part_d_avis(Avis.FAVORABLE)),
    ("Avis réservés (%)", _part_d_avis(Avis.RESERVE)),
    ("Indice de répartition des avis", _indice),
    ("Candidatures convoquées (%)", _part("convocations", "candidatures")),
    ("Absences (%)", _part("absences", "absences", "realises")),
    ("Désistements (%)", _part("desistements", "desistements", "candidatures")),
]
DE_L_ACCUEIL: list[tuple[str, Mesure]] = [
    ("Avis favorables (%)", _part_d_avis(Avis.FAVORABLE)),
    ("Avis réservés (%)", _part_d_avis(Avis.RESERVE)),
    ("Indice de répartition des avis", _indice),
    ("Longueur médiane d’un compte-rendu (caractères)", _a_partir_de_dix("mediane", "comptes_rendus")),
    ("Délai moyen d’un compte-rendu (jours)", _a_partir_de_dix("delai", "comptes_rendus")),
    ("Comptes-rendus en retard (%)", _part("en_retard", "tenus")),
    ("Candidatures sans convocation (%)", _part("a_planifier", "candidatures")),
]


def bilan_d_origine(champ: Champ, cle: int, *, avis_publies: bool) -> BilanDEtablissement:
    """Bilan d'un établissement d'origine, en trois requêtes.

    `avis_publies` : l'origine voit les avis d'accueil ; sinon le nombre de comptes-rendus transmis est tu (R30).
    """
    echelle = [Avis(valeur) for valeur in champ.campagne.regles.echelle_origine]
    avis = lecture.avis_d_origine(champ)
    tous = {
        autre: ligne | {"avis": avis.get(autre, {}), "valeurs": len(echelle)}
        for autre, ligne in par_etablissement(champ, "origine").items()
    }
    sien = tous.get(cle, {})
    etapes = [etape for etape in ETAPES if avis_publies or etape[0] != "rendus"]
    return BilanDEtablissement(
        etapes=[(libelle, sien.get(nom, 0)) for nom, libelle in etapes],
        avis=[(LIBELLES_AVIS[valeur], avis.get(cle, {}).get(valeur, 0)) for valeur in echelle],
        tableau=_situer(DE_L_ORIGINE, tous, cle),
        remarques=remarques_sur_les_avis(avis.get(cle, {}), a_l_accueil=False),
    )


def bilan_d_accueil(champ: Champ, cle: int) -> BilanDEtablissement:
    """Bilan d'un établissement d'accueil, en six requêtes."""
    echelle = champ.campagne.regles.avis_d_accueil_possibles
    avis = lecture.avis_d_accueil(champ)
    textes, repetes = lecture.longueurs(champ), lecture.textes_repetes(champ, cle)
    delais = {ligne["cle"]: ligne for ligne in delais_des_accueils(champ)}
    tous = {
        autre: ligne
        | {"avis": avis.get(autre, {}), "valeurs": len(echelle)}
        | {champ_: delais.get(autre, {}).get(champ_, 0) for champ_ in ("tenus", "en_retard", "delai")}
        | {"comptes_rendus": textes.get(autre, {}).get("nombre", 0), "mediane": textes.get(autre, {}).get("mediane")}
        for autre, ligne in par_etablissement(champ, "accueil").items()
    }
    sien, siens = tous.get(cle, {}), avis.get(cle, {})
    remarques = remarques_sur_les_avis(siens, a_l_accueil=True)
    return BilanDEtablissement(
        etapes=[(libelle, sien.get(nom, 0)) for nom, libelle in ETAPES],
        avis=[(LIBELLES_AVIS[valeur], siens.get(valeur, 0)) for valeur in echelle],
        tableau=_situer(DE_L_ACCUEIL, tous, cle),
        remarques=remarques
        + remarques_sur_les_textes(sien.get("comptes_rendus", 0), sien.get("mediane"), repetes.get(cle, 0)),
    )


def _situer(mesures: list[tuple[str, Mesure]], tous: Mapping[int, Etablissement], cle: int) -> Tableau:
    lignes: list[list[Valeur]] = []
    for libelle, mesure in mesures:
        quartiles = distribution([mesure(autre) for autre in tous.values()])
        bornes = [quartiles.bas, quartiles.mediane, quartiles.haut] if quartiles else [None, None, None]
        lignes.append(
            [
                libelle,
                mesure(tous[cle]) if cle in tous else None,
                *bornes,
                quartiles.etablissements if quartiles else None,
            ]
        )
    return Tableau(
        "bilan",
        "Votre établissement dans l’académie",
        COLONNES,
        lignes,
        "Un établissement sur quatre est sous le quart inférieur, un sur deux sous la médiane, un sur quatre au-dessus "
        "du quart supérieur. «\u00a0N/A\u00a0»\u00a0: moins de dix avis, candidatures ou comptes-rendus chez "
        "vous, ou moins de dix "
        "établissements mesurés. Aucun autre établissement n’est nommé, et rien n’est classé.",
    )
